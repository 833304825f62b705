"""Words that make no label: function words, and what every abstract says whatever its field.

Plain data. A phrase may not begin or end with one of these; what else makes a phrase
is decided in ``phrases.py``.
"""

FUNCTION_WORDS = frozenset(
    """
    a about above across after again against all almost along already also although always am among
    an and another any are as at be became because become been before behind being below between
    both but by came can cannot could despite did do does doing done down due during each either
    else especially even ever every few finally first for from further furthermore get gets given
    gives had has have having he hence her here him his how however i if in indeed instead into is
    it its itself just last later least less let like likely made mainly many may might moreover
    more most much must my namely near need needs neither never nevertheless next no none nor not
    nothing now of off often on once one only onto or other others otherwise our out over overall
    own particularly per perhaps please rather same second see seem seen several she should since
    so some sometimes somewhat still such than that the their them themselves then there thereby
    therefore these they third this those though three through throughout thus to together too
    toward towards two under unlike until up upon us used very via was way ways we well were what
    when where whereas whether which while who whole whom whose why will with within without would
    yet you your zero four five six seven eight nine ten hundred thousand million billion
    vs e.g i.e et al etc non nbsp
    """.split()
)  # fmt: skip

# Verbs, qualifiers and nouns of academic prose. They may stand inside a phrase, never at
# its ends; those that are terms of a field in the right company are in HEADS_ONLY.
GENERIC = frozenset(
    """
    abilities ability able absolute accelerate accordingly account accurate achieve achieved achieves
    achieving act actual adapt add added adding additional additionally address addresses
    addressing adequate adopt adopted advance advanced advancement advancements advances advantage
    advantages affect aim aimed aiming aims allow allowing allows alone alternative amount amounts
    analyse analysed analyses analysis analyze analyzed analyzing answer answers appear appears
    applicability applicable application applications applied apply applying approach approaches
    appropriate area areas arise art aspect aspects assess assessed assessing assessment assume
    assumption attain attempt attempts attention author authors available average aware based baseline
    baselines basic basis begin beginning behaviours believe benchmarked benchmarks benchmark benefit
    benefits best better beyond big bring brings broad broader bridge bridging build building built
    called calls capabilities capability capable capture captured captures capturing case cases
    category cause central certain challenge challenged challenges challenging change changes
    character characteristics characterize choice choices choose clear clearly close closely code-base
    collect collected collection combination combine combined combines combining come comes common
    commonly community comparable compare compared comparing comparison competitive complete completely
    complex complexities complexity component components comprehensive comprising compute concept
    concepts concern concerns conclude conclusion condition conditions conduct conducted conducting
    consider considerable considerably considered considering consist consistent consistently consists
    constitute construct constructed constructing construction contain containing contains context
    contexts contrast contribute contribution contributions conventional core correct correctly
    correspond corresponding could cover covering create created creates creating creation critical
    crucial current currently daily date days deal decrease deep deeper define defined degree
    deliver delivers demonstrate demonstrated demonstrates demonstrating demonstration depend
    depending depends derive derived describe described design designed designing designs desirable
    desired detail detailed details detect determine develop developed developing development develops
    differ difference differences different difficult difficulty direct direction directions directly
    discover discovered discuss discussed discussion display distinct diverse diversity domain domains
    dramatically drive driven drawback early easily easy effect effective effectively effectiveness
    effects efficacy efficient efficiently efficiency effort efforts element elements eliminate emerge
    emerged emerges emerging empirical empirically employ employed employing employs enable enabled
    enables enabling end enhance enhanced enhancement enhances enhancing enormous ensure ensures ensuring
    entire entirely essential establish established establishes establishing estimate etc evaluate
    evaluated evaluates evaluating evaluation evaluations evidence examine examined examining example
    examples exceed exceeds excellent exhibit exhibiting exhibits exist existing exists expand expect expected
    expensive experience experiment experimental experimentally experiments explain explore explored
    explores exploring expose extend extended extending extends extensive extensively extent extract
    extremely face faces facilitate fact factor factors fail fails failure failures fall family far fast
    faster favor feasibility feature features field fields final find finding findings finds fine
    five fixed flexible focus focused focuses focusing follow followed following follows form formal
    formulate formulated formulation foster found foundation foundational four framework frameworks
    free frequently fully function functions fundamental fundamentally further future gain gained gains gap gaps
    general generalizable generalize generalizes generally generate generated generates generating
    generation github give giving go goal goals going good great greater greatly ground group groups grow
    growing growth handle hard help helps high high-quality higher highest highlight highlighting
    highlights highly hold holds huge idea ideas identified identifies identify identifying illustrate
    impact impacts implement implementation implementations implemented implication implications
    importance important importantly impressive improve improved improvement improvements improves
    improving include included includes including inconsistent incorporate incorporates incorporating increase
    increased increases increasing increasingly independent indicate indicates indicating individual
    induce industry inference influence inform information inherent initial input inputs insight insights
    inspired instance instances integral integrate integrated integrates integrating integration
    interest interesting introduce introduced introduces introducing introduction investigate
    investigated investigates investigating investigation involve involved involves involving issue issues
    item items keep key kind kinds know known lack lacking lacks large large-scale largely larger latest lead
    leading leads learn learned learns leave led lens level levels leverage leveraged leverages leveraging lies
    light limit limitation limitations limited limiting limits line link literature little local long look
    low lower main maintain maintaining maintains major make makes making manner many match material materials matter
    maximum mean meaning meaningful means measure measured measures mechanism mechanisms meet method
    methodologies methodology methods metric metrics mitigate mode model-based modern modes moderate
    module modules motivate motivated motivates move much multiple name named natural naturally nature
    necessary new newly nontrivial notable notably novel number numbers numerous observation observe
    observed obtain obtained obtaining obtains occur offer offering offers old open opens operate
    opportunities opportunity optimal optimize optimized option order organize orders origin original
    outcome outcomes outperform outperforming outperforms output outputs overall overcome overview paper papers
    paradigm paradigms part particular parts past pave paves people percent perform performance performances
    performed performing performs period perspective perspectives phase phenomena phenomenon pipeline pipelines
    place play plays point points popular pose posed poses positive possess possibility possible possibly post
    potential potentially power powerful practical practice practices precise precisely presence present presented
    presents preserve preserving prevent previous previously primarily primary principle principled
    principles prior problem problems procedure process processes processing produce produced
    produces producing product project prominent promise promising promote promotes propose proposed proposes
    proposing prospect prove proven proves provide provided provides providing public publicly purpose
    push pushing put qualitative quality quantitative question questions quickly quite raise raises range ranging
    rapid rapidly rare rate rates ratio reach reaches reaching read ready real real-world realistic realize
    really reason reasonable reasons recent recently reduce reduced reduces reducing reduction refer
    regarding regardless regime related relation relations relative relatively release released relevance
    relevant reliable reliably rely relying remain remaining remains remarkable remarkably report reported reports
    represent represented representing represents require required requirement requirements requires
    requiring research researcher researchers resolve respect respectively result resulting results retain
    reveal revealed revealing reveals review rich rigorous rise robust robustly robustness role roles root route run
    samples scale scales scenario scenarios scheme schemes scope seek seeks selected separate series serve
    serves set sets setting settings setup shape share shared shed short show showcase showed showing
    shown shows side significance significant significantly similar simple simply simultaneously
    single size sizes slow small smaller solely solid solution solutions solve solved solves solving sophisticated
    source sources space spaces span special specialized specific specifically speed stage stages
    stand standard standards start starting state state-of-the-art states step steps strategies
    strategy strength strengths strict strong stronger structure structures struggle struggles studied studies study
    studying subject subsequent subset substantial substantially success successful successfully
    suffer suffers sufficient suggest suggesting suggests suitable superior superiority support supported
    supporting supports surpass surpasses surpassing survey surveys system systematic systematically systems
    tackle take takes taking target targeted targets task tasks tasked technique techniques technologies
    technology tend term terms test tested testing tests theoretical theoretically think time times title
    today tool topic topics total traditional transform trend trends true try turn type types typical typically ultimate
    ultimately unable uncover underlying underscore underscores underexplored understand understanding understood undertake unified
    unique universal unlock unprecedented unseen usage use useful user-friendly uses using usually
    utility utilize utilized utilizes utilizing valid validate validated validates validation valuable
    value values variant variants variations variety various vary varying vast verify version versions versatile view
    viable vital wide widely wider work works world worse years yield yielding yields
    train trains trained excel excels refine refines refined simulate simulates pursue pursues match
    matches matching reason act acts adapt adapts align aligns aligned encode encodes predict predicts
    predicted interact interacts encourage encourages incentivize incentivizes elicit elicits imitate
    mimic perceive perceives navigate execute executes executed revise elucidate converge converges
    decompose guide guides guided assist assists expose exposes plan plans respond responds update
    updates updated transfer transfers assign assignment distill distills exploit exploits probe
    probes steer internalize rethink iterate iterates iteratively unify unifies infer infers sample
    pro responses response parameter parameters ones treats intermediate credit
    arxiv code codes https http url www com available online demo website
    mathcal mathbf mathbb frac times left right leq geq approx sim text textbf textit
    """.split()
)  # fmt: skip

# Nothing by themselves, but good last words: "world model", "tool use", "image generation".
HEADS_ONLY = frozenset(
    """
    assignment response responses parameter parameters image images video videos scene scenes
    object objects policy policies gate gates band bands pulse cloud camera hand status bound bounds
    channel channels communication communications deletion measurement measurements
    analysis application applications assessment attention benchmark benchmarks capabilities
    capability code codes collection complexity construction context design detection development
    diversity effect effects efficiency estimation evaluation evidence experience exploration failure failures feature
    features function functions generation graph group groups implementation inference information integration
    interest level mechanism mechanisms methods model models observation optimization order paradigm
    phase planning pipeline power problem problems process processes processing quality question questions
    representation representations robustness samples scaling search space spaces state states
    strategies strategy structure structures support survey system systems task tasks testing
    theory time tool tools training transition transitions understanding usage use value values world
    """.split()
)  # fmt: skip

# Generic as a last word, but a good first one: "open-ended", "deep research", "world model".
OPENERS = frozenset(
    """
    attention code complex deep fine formal function group inference large local long natural open optimal prior process
    processing question real-world small social space state structure task test time tool value world
    long-horizon goal reward experience context quality domain multiple single light materials material
    """.split()
)  # fmt: skip

# Allowed between the content words of a phrase: "theory of mind", "chain of thought".
JOINTS = frozenset({"of"})
