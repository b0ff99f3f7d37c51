"""The other side, so that each country can test its connection alone.

`scenario` reads the tree of conformance scenarios, `conform` plays them against a desk or a partner's receiver and
gives verdicts; `robots` play partner, railway, ferry line and terminal from a seed, over a `wire` that is not to be
relied on. All of it speaks HTTP by URL, as the people of a `cast`, and knows nothing of the desk's database.
"""
