"""Equilibria of many classes over shared elements, by flows on paths: arrays in, arrays out.

`problem` says what is asked, `engine.solve` answers; `store` keeps paths, `shift` moves flow between them, `search`
finds new ones, `stay` is what does not go.
"""
