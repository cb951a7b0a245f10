"""The one text of a program; programs that are the same."""

from source.cases import Case, case


def text(id: str, about: str, program: str, canonical: str) -> Case:
    """Write a program and its canonical text."""
    return case(f"canonical-{id}", about, program, canonical=canonical)


def same(id: str, about: str, program: str, other: str) -> Case:
    """Write two programs that are the same."""
    return case(f"same-{id}", about, program, same_as=other)


CASES = [
    text(
        "spaces", "white space only separates", "warmup( 5ep )>>cosine( )", "warmup(5ep) >> cosine"
    ),
    text(
        "lines",
        "newlines too; # starts a comment",
        "# a run\nwarmup(5ep)  # rise\n  >> cosine\n",
        "warmup(5ep) >> cosine",
    ),
    text(
        "no-arguments",
        "a call without arguments loses its parentheses",
        "hold() >> linear(10%)",
        "hold >> linear(10%)",
    ),
    text(
        "units",
        "units are short",
        "warmup(5 epochs) >> hold(3 steps) >> linear",
        "warmup(5ep) >> hold(3st) >> linear",
    ),
    text(
        "units-one",
        "one epoch, one step",
        "warmup(1 epoch) >> hold(1 step) >> linear",
        "warmup(1ep) >> hold(1st) >> linear",
    ),
    text(
        "units-samples",
        "samples are examples",
        "warmup(300 samples) >> linear",
        "warmup(300ex) >> linear",
    ),
    text("units-tokens", "tokens", "warmup(300 tokens) >> linear", "warmup(300tok) >> linear"),
    text("units-k", "10k steps", "warmup(10k steps) >> linear", "warmup(10kst) >> linear"),
    text(
        "units-long-number",
        "a long round number is shortened",
        "warmup(10000st) >> linear",
        "warmup(10kst) >> linear",
    ),
    text(
        "units-short-number",
        "a short one is not",
        "warmup(2000st) >> linear",
        "warmup(2000st) >> linear",
    ),
    text(
        "units-k-expanded",
        "and k is written out where that is as short",
        "warmup(2k steps) >> linear",
        "warmup(2000st) >> linear",
    ),
    text(
        "units-unround",
        "a number that is not round stays",
        "warmup(12500st) >> linear",
        "warmup(12500st) >> linear",
    ),
    text(
        "units-billions",
        "billions of tokens",
        "warmup(260000000000tok) >> linear",
        "warmup(260Btok) >> linear",
    ),
    text("units-percent", "percent", "warmup(5 %) >> linear", "warmup(5%) >> linear"),
    text(
        "number-point",
        "no point without digits behind it",
        "warmup(5.0ep) >> linear(2.50ep)",
        "warmup(5ep) >> linear(2.5ep)",
    ),
    text(
        "number-underscore",
        "grouped digits are joined",
        "warmup(1_000st) >> linear",
        "warmup(1000st) >> linear",
    ),
    text(
        "number-small", "small numbers have an exponent", "cosine(end=0.00001)", "cosine(end=1e-5)"
    ),
    text("number-decimal", "others do not", "cosine(end=2.5e-4)", "cosine(end=0.00025)"),
    text(
        "number-exponent",
        "an exponent is written out where a decimal is usual",
        "cosine(end=1e-1)",
        "cosine(end=0.1)",
    ),
    text("default-end", "defaults are dropped", "linear(10, end=0)", "linear(10)"),
    text(
        "default-warmup",
        "all of them",
        "warmup(5, start=0, end=lr, shape=linear, grid=left, k=1)",
        "warmup(5)",
    ),
    text(
        "default-restarts",
        "in modifiers too",
        "cosine(5) * restarts(t_mul=1, decay=1)",
        "cosine(5) * restarts",
    ),
    text(
        "default-noise",
        "and in noise",
        "hold + noise(0.1, seed=42, std=1, after=0, kind=normal)",
        "hold + noise(0.1)",
    ),
    text(
        "default-multistep",
        "a milestone divides by ten where nothing is said",
        "multistep([30, 60], factor=0.1)",
        "multistep(at=[30, 60])",
    ),
    text(
        "default-inverse",
        "an inverse square root where nothing is said",
        "inverse(scale=10, power=1/2, order=1)",
        "inverse(scale=10)",
    ),
    text("positional-over", "over is positional", "linear(over=10)", "linear(10)"),
    text("positional-start", "warmup's start is not", "warmup(5, 1e-5)", "warmup(5, start=1e-5)"),
    text("positional-tanh", "tanh's lb and ub are", "tanh(ub=3, lb=-7)", "tanh(-7, 3)"),
    text(
        "positional-tanh-default",
        "unless they are what they would be",
        "tanh(-6, 4, over=20)",
        "tanh(over=20)",
    ),
    text(
        "positional-noise",
        "noise's pct is",
        "hold + noise(pct=0.1, seed=7)",
        "hold + noise(0.1, seed=7)",
    ),
    text(
        "positional-gaussian",
        "gaussian's variance is",
        "gaussian(variance=0.01, seed=42)",
        "gaussian(0.01)",
    ),
    text("positional-snap", "snap's every is", "cosine * snap(every=1ep)", "cosine * snap(1ep)"),
    text(
        "positional-points",
        "the list of points is",
        "points([[0,0],[5,0.1],[50,0.0]])",
        "points([[0, 0], [5, 0.1], [50, 0]])",
    ),
    text("keyword-step", "step's are not", "step(30, 0.1)", "step(every=30, factor=0.1)"),
    text("keyword-hold", "hold's value is not", "hold(10, value=0.1)", "hold(10, value=0.1)"),
    text(
        "keyword-restarts",
        "restarts' limit is not; keywords in the order of the signature",
        "cosine(5) * restarts(3, decay=0.5, t_mul=2)",
        "cosine(5) * restarts(limit=3, t_mul=2, decay=0.5)",
    ),
    text("value-base", "base is lr", "cosine(end=0.1*base)", "cosine(end=0.1*lr)"),
    text("value-right", "numbers stand before lr", "cosine(end=lr*0.1)", "cosine(end=0.1*lr)"),
    text(
        "value-divided",
        "a quotient that is a short decimal",
        "cosine(end=lr/25)",
        "cosine(end=0.04*lr)",
    ),
    text("value-third", "and one that is not", "cosine(end=lr/3)", "cosine(end=lr/3)"),
    text("value-one", "1*lr is lr", "hold(value=1*lr)", "hold(value=lr)"),
    text(
        "value-folded",
        "values are folded exactly",
        "cosine(end=(1 - 0.9)*lr)",
        "cosine(end=0.1*lr)",
    ),
    text("time-folded", "times too", "warmup(2*5ep) >> linear", "warmup(10ep) >> linear"),
    text("scale-right", "s*2", "cosine * 2", "2*cosine"),
    text("scale-half", "s/2", "cosine / 2", "0.5*cosine"),
    text("scale-third", "s/3", "cosine / 3", "1/3*cosine"),
    text("scale-minus", "-s", "- cosine", "-cosine"),
    text(
        "scale-sum",
        "a sum keeps its parentheses under a factor",
        "2*(cosine + linear)",
        "2*(cosine + linear)",
    ),
    text(
        "product",
        "spaces around * between schedules",
        "cosine*exponential(10,0.5)",
        "cosine * exponential(every=10, factor=0.5)",
    ),
    text(
        "sum", "spaces around + and -", "cosine+linear-0.5*cosine", "cosine + linear - 0.5*cosine"
    ),
    text("functions", "min, max and clip", "max( cosine,lr*0.1 )", "max(cosine, 0.1*lr)"),
    text(
        "parentheses",
        "only the needed parentheses",
        "((warmup(5))) >> ((cosine) + (noise(0.1)))",
        "warmup(5) >> cosine + noise(0.1)",
    ),
    text(
        "parentheses-kept",
        "the needed ones stay",
        "(warmup(5) >> cosine) + noise(0.1)",
        "(warmup(5) >> cosine) + noise(0.1)",
    ),
    text(
        "parentheses-overlay",
        "| is loosest",
        "warmup(5) | (hold(5) >> cosine)",
        "warmup(5) | hold(5) >> cosine",
    ),
    text(
        "parentheses-overlay-kept",
        "so an overlay inside a chain keeps its own",
        "hold(5) >> (warmup(5) | cosine)",
        "hold(5) >> (warmup(5) | cosine)",
    ),
    text(
        "flat",
        "nested chains are one",
        "warmup(5) >> (hold(5) >> (linear(5) >> cosine))",
        "warmup(5) >> hold(5) >> linear(5) >> cosine",
    ),
    text(
        "flat-left",
        "from the left too",
        "((warmup(5) >> hold(5)) >> linear(5)) >> cosine",
        "warmup(5) >> hold(5) >> linear(5) >> cosine",
    ),
    text("slice", "no spaces in a slice", "cosine(100)[ 10 : 50 ]", "cosine(100)[10:50]"),
    text(
        "slice-open",
        "open on either side",
        "cosine(100)[10 :] >> linear(5)[: 2]",
        "cosine(100)[10:] >> linear(5)[:2]",
    ),
    text(
        "slice-parentheses",
        "a chain keeps its parentheses under a slice",
        "(warmup(5) >> cosine)[2:]",
        "(warmup(5) >> cosine)[2:]",
    ),
    text(
        "binding",
        "bindings are put in",
        "W = 5ep; floor = 0.1*lr; warmup(W) >> cosine(end=floor)",
        "warmup(5ep) >> cosine(end=0.1*lr)",
    ),
    text(
        "binding-schedule",
        "with parentheses where they are needed",
        "body = warmup(5) >> cosine(15); body * restarts(limit=2)",
        "(warmup(5) >> cosine(15)) * restarts(limit=2)",
    ),
    text(
        "binding-chain",
        "and without where they are not",
        "rise = warmup(5) >> hold(5); rise >> cosine",
        "warmup(5) >> hold(5) >> cosine",
    ),
    text(
        "binding-of-binding",
        "a binding may use earlier ones",
        "a = 2; b = a*5ep; warmup(b) >> linear",
        "warmup(10ep) >> linear",
    ),
    text("recipe", "recipes are expanded", "wsd(10%, 20%)", "warmup(10%) >> hold >> cooldown(20%)"),
    text("recipe-noam", "noam", "noam(4000)", "warmup(4000) >> inverse(scale=4000)"),
    text(
        "recipe-onecycle",
        "onecycle",
        "onecycle",
        "cosine(30%, start=0.04*lr, end=lr, grid=both) >> cosine(end=4e-6*lr, grid=right)",
    ),
    text(
        "option",
        "option words are words",
        "warmup(5, shape = cosine, grid = both)",
        "warmup(5, shape=cosine, grid=both)",
    ),
    text(
        "option-not-looked-up",
        "an option word is read by its parameter, never looked up",
        "both = 0.5*lr; warmup(5, end=both, grid=both)",
        "warmup(5, end=0.5*lr, grid=both)",
    ),
    text(
        "until",
        "until= stays a keyword",
        "hold(until = 50 %) >> linear",
        "hold(until=50%) >> linear",
    ),
    text("next", "end=next", "warmup(5,end=next)|tanh", "warmup(5, end=next) | tanh"),
    text(
        "idempotent",
        "a canonical text is its own canonical text",
        "warmup(5, start=1e-5) >> tanh * restarts(limit=3, t_mul=2, decay=0.5) + noise(0.67)",
        "warmup(5, start=1e-5) >> tanh * restarts(limit=3, t_mul=2, decay=0.5) + noise(0.67)",
    ),
    same(
        "associative",
        ">> is associative",
        "(linear(5) >> cosine(5)) >> hold",
        "linear(5) >> (cosine(5) >> hold)",
    ),
    same(
        "overlay",
        "| is too",
        "linear(5) | (cosine(10) | hold(20))",
        "linear(5) | cosine(10) | hold(20)",
    ),
    same("parentheses", "parentheses without effect", "((cosine))", "cosine"),
    same("call", "a call without arguments", "cosine()", "cosine"),
    same("keyword", "an argument by position or by name", "linear(10)", "linear(over=10)"),
    same(
        "keyword-order",
        "keywords in any order",
        "linear(end=0.1*lr, over=10)",
        "linear(10, end=0.1*lr)",
    ),
    same("unit-space", "a unit with a space", "warmup(5 ep) >> linear", "warmup(5ep) >> linear"),
    same(
        "unit-name",
        "long and short units",
        "warmup(10 tokens) >> hold(2 samples) >> linear",
        "warmup(10tok) >> hold(2 examples) >> linear",
    ),
    same("suffix", "10k is 10_000", "warmup(10k) >> linear", "warmup(10_000) >> linear"),
    same("exponent", "1e-3 is 0.001", "cosine(end=1e-3)", "cosine(end=0.001)"),
    same("base", "base is lr", "hold(value=base)", "hold(value=lr)"),
    same("minus", "-s is -1*s", "-cosine", "-1*cosine"),
    same("scale", "scaling from either side", "cosine * 0.5", "0.5 * cosine"),
    same("scale-divide", "and by division", "cosine / 4", "0.25*cosine"),
    same(
        "precedence",
        "| below >> below + below *",
        "warmup(5) | hold(5) >> linear + 2*cosine",
        "warmup(5) | (hold(5) >> (linear + (2*cosine)))",
    ),
    same(
        "binding",
        "a binding is a substitution",
        "w = warmup(5); w >> cosine",
        "warmup(5) >> cosine",
    ),
    same("default", "a default said is a default", "tanh(lb=-6)", "tanh"),
]
