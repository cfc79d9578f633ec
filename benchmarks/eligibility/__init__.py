"""The evaluator, the kernel, a hand-written oracle and OpenFisca-Core over the same invented claims."""
