"""Run llama.cpp's own OpenAI-compatible server on loopback: python -m tests.servers.llama FILE

Prints its address on a line of its own, then serves until standard input closes. A
process of its own, because its log is noisy and its threads do not end.
"""

import sys


def serve(path: str) -> None:
    """Load the GGUF file and serve it."""
    import xllamacpp

    parameters = xllamacpp.CommonParams()
    parameters.model.path = path
    parameters.n_ctx = 8192
    parameters.n_parallel = 1
    for cpu in (parameters.cpuparams, parameters.cpuparams_batch):
        cpu.n_threads, cpu.poll = (
            1,
            0,
        )  # threads that wait for one another are slow beside other work
    server = xllamacpp.Server(parameters)
    sys.stdout.write(f"\n{server.listening_address}\n")
    sys.stdout.flush()
    sys.stdin.read()


if __name__ == "__main__":
    serve(sys.argv[1])
