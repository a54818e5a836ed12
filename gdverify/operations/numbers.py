"""Numbers that the constants of operations have by default."""

from sympy import Integer, Rational

ONE, TWO = Integer(1), Integer(2)
HALF, TENTH, HUNDREDTH = Rational(1, 2), Rational(1, 10), Rational(1, 100)
SMALL = Rational(1, 10**5)  # what keeps a variance from 0
