"""The grammar of the short sentences inside a rule file.

Linear time, no attribute access beyond ``list_variable.field``, no user functions, no strings, no regular expressions,
no loops: the evaluation of any sentence is bounded by its length times the length of a list.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedEOF, UnexpectedInput, UnexpectedToken

from reparations.eligibility.language.errors import Fault

if TYPE_CHECKING:
    from reparations.eligibility.language.document import Words

MAX_EXPRESSION = 1_000
MAX_EXPRESSION_DEPTH = 40

Syntax = Tree[Token]

_GRAMMAR = r"""
?start: choice

?choice: "if" choice "then" choice "else" choice     -> if_
       | either
?either: both ("or" both)+                           -> or_
       | both
?both: negated ("and" negated)+                      -> and_
     | negated
?negated: "not" negated                              -> not_
        | QUANTIFIER NAME "in" NAME "with" "(" choice ")" -> quantified
        | comparison
?comparison: sum COMPARISON sum                      -> compare
           | sum "in" categories                     -> in_
           | sum "not" "in" categories               -> not_in
           | sum "within" period                     -> within
           | sum "is" "known"                        -> known
           | sum
?sum: product (SIGN product)+                        -> sum
    | product
?product: atom ("*" atom)+                           -> product
        | atom
?atom: INTEGER                                       -> integer
     | MONEY                                         -> money
     | DATE                                          -> date
     | PERCENT                                       -> percent
     | FRACTION                                      -> fraction
     | NAME                                          -> name
     | NAME "." NAME                                 -> field
     | NAME "(" choice ("," choice)* ")"             -> call
     | NAME "[" choice ("," choice)* "]"             -> lookup
     | "count" NAME "in" NAME "with" "(" choice ")"  -> count
     | AGGREGATE NAME "in" NAME "with" "(" choice ")" "of" "(" choice ")" -> aggregate
     | "(" choice ")"
categories: "{" NAME ("," NAME)* "}"                 -> listed
          | NAME                                     -> named
period: DATE ".." DATE                               -> dates
      | NAME                                         -> named

QUANTIFIER.3: /(some|every|no)\b/
AGGREGATE.3: /(highest|total)\b/
COMPARISON: "<=" | ">=" | "!=" | "<" | ">" | "="
SIGN: "+" | "-"
DATE.4: /\d{4}-\d\d-\d\d/
MONEY.4: /[A-Z]{3} \d{1,15}(\.\d{1,4})?(?![\d.])/
PERCENT.4: /\d{1,6}(\.\d{1,6})?%/
FRACTION.4: /\d{1,9}\/\d{1,9}/
INTEGER: /\d{1,15}/
NAME: /[A-Za-z_][A-Za-z0-9_]*/
%ignore /[ \t\n]+/
"""


@cache
def _parser() -> Lark:
    return Lark(_GRAMMAR, parser="lalr", lexer="contextual", propagate_positions=True, maybe_placeholders=False)


def parse_expression(words: Words) -> Syntax:
    """Read one sentence into its syntax tree.

    Raises:
        Fault: the text is no sentence of the language; the place is that of the first word that does not fit.
    """
    text = words.text
    if len(text) > MAX_EXPRESSION:
        message = f"The sentence is longer than {MAX_EXPRESSION} characters."
        raise Fault("sentence_too_long", words.at, message, "Split it with all: and any: lists.")
    try:
        tree = _parser().parse(text)
    except UnexpectedInput as error:
        raise _unreadable(words, error) from None
    _check_depth(tree, words)
    return tree


def _unreadable(words: Words, error: UnexpectedInput) -> Fault:
    if isinstance(error, UnexpectedEOF) or (isinstance(error, UnexpectedToken) and error.token.type == "$END"):
        message = "The sentence ends too early."
        return Fault("unreadable", words.place(len(words.text)), message, "Complete it, or close a bracket.")
    offset = max(int(getattr(error, "pos_in_stream", None) or 0), 0)
    found = words.text[offset : offset + 24].split(maxsplit=1)
    what = f"«{found[0]}» does not fit here." if found else "The sentence cannot be read here."
    remedy = "See docs/writing-rules.md for what a sentence may say; amounts are written like USD 250.00."
    return Fault("unreadable", words.place(offset), what, remedy)


def _check_depth(tree: Syntax, words: Words) -> None:
    level: list[Syntax] = [tree]
    for _ in range(MAX_EXPRESSION_DEPTH):
        level = [child for node in level for child in node.children if isinstance(child, Tree)]
        if not level:
            return
    raise Fault(
        "sentence_too_deep", words.at, "The sentence is nested too deeply.", "Split it with all: and any: lists."
    )


def offset_of(tree: Syntax) -> int:
    """Return where in its sentence a part begins; 0 if that is not known."""
    return int(getattr(tree.meta, "start_pos", 0))
