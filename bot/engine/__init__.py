"""The engine: Rasa as a pure function, `(events so far, one message) -> (new events, replies, understanding)`.

The only package that imports Rasa, and the only one that runs on Python 3.10. `fingerprint`, `folding`, `protocol` and
`errors` import neither Rasa nor anything else outside the standard library.
"""
