"""What leaves the desk: written with the work itself, sent afterwards, until it has arrived or is a dead letter.

`announce` queues a message in the transaction of the work, for each subscription that may and wants to hear it;
`delivery` is the queue, in order for each object; `hand` sends what is due, outside any transaction; `send` is one try,
`address` says where none may go, `signing` makes and checks signatures.
"""
