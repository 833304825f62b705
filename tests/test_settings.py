"""Settings: one order of precedence, and errors that name the mend."""

from pathlib import Path

import pytest

from rag.errors import ConfigError
from rag.settings import DEFAULT_OPENAI_MODEL, known_keys, load_settings


def test_defaults_need_nothing() -> None:
    settings = load_settings(environ={})
    assert settings.retrieval.k == 10
    assert not settings.model.configured


def test_flag_beats_environment_beats_file_beats_preset(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[model]\nname = "from-file"\ntimeout = 7.0\nmax_tokens = 99\n')
    settings = load_settings(
        {"model.name": "from-flag"},
        config=file,
        preset="local",
        environ={"PAPERS_MODEL": "from-env", "PAPERS_MODEL_TIMEOUT": "9"},
    )
    assert settings.model.name == "from-flag"
    assert settings.model.timeout == 9
    assert settings.model.max_tokens == 99
    assert settings.model.context_tokens == 3000  # the preset's


@pytest.mark.parametrize(
    ("environ", "hint"),
    [({"PAPERS_RETREIVAL_K": "3"}, "PAPERS_RETRIEVAL_K"), ({"PAPERS_HOM": "x"}, "PAPERS_HOME")],
)
def test_an_unknown_variable_names_the_nearest(environ: dict[str, str], hint: str) -> None:
    with pytest.raises(ConfigError, match=hint):
        load_settings(environ=environ)


def test_an_unknown_key_in_a_file_names_file_and_nearest(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text("[retrieval]\nkk = 3\n")
    with pytest.raises(ConfigError, match=r"mine\.toml.*retrieval\.kk.*retrieval\.k"):
        load_settings(config=file, environ={})


@pytest.mark.parametrize("value", ["0", "1000000000", "-3", "many"])
def test_absurd_values_are_refused(value: str) -> None:
    with pytest.raises(ConfigError, match=r"retrieval\.k"):
        load_settings({"retrieval.k": value}, environ={})


def test_a_key_alone_chooses_a_model_and_stays_secret() -> None:
    settings = load_settings(environ={"OPENAI_API_KEY": "sk-very-secret"})
    assert settings.model.name == DEFAULT_OPENAI_MODEL
    assert "very-secret" not in f"{settings} {settings.model_dump()}"


def test_a_server_alone_lets_the_server_choose_the_model() -> None:
    assert load_settings(environ={"OPENAI_BASE_URL": "http://127.0.0.1:1/v1"}).model.name == "auto"


def test_a_store_and_its_token_come_from_the_environment_and_the_token_stays_secret() -> None:
    environ = {"PAPERS_STORE": "https://chroma.test", "PAPERS_STORE_TOKEN": "very-secret"}
    settings = load_settings(environ=environ, preset="server")
    assert settings.index.store == "https://chroma.test"
    assert settings.index.store_token is not None
    assert settings.index.store_token.get_secret_value() == "very-secret"
    assert "very-secret" not in f"{settings} {settings.model_dump()}"


def test_secrets_cannot_be_set_where_they_would_be_kept(tmp_path: Path) -> None:
    file = tmp_path / "mine.toml"
    file.write_text('[index]\nstore_token = "very-secret"\n')
    with pytest.raises(ConfigError, match=r"unknown setting 'index\.store_token'") as caught:
        load_settings(config=file, environ={})
    assert "very-secret" not in str(caught.value)


@pytest.mark.parametrize("preset", ["local", "openai", "server"])
def test_every_preset_can_be_used(preset: str) -> None:
    assert load_settings(environ={}, preset=preset) != load_settings(environ={})


def test_none_switches_the_model_off() -> None:
    environ = {"OPENAI_API_KEY": "sk-x", "PAPERS_MODEL": "none"}
    assert not load_settings(environ=environ).model.configured


def test_every_key_of_the_default_file_is_known_and_the_other_way_round() -> None:
    import tomllib

    from rag.resources import read_text

    tree = tomllib.loads(read_text("config", "default.toml"))
    assert {f"{s}.{k}" for s, values in tree.items() for k in values} == set(known_keys())
