"""The intake: what happens in the world, read from a broker instead of over HTTP.

Enters: messages with the bodies of the routes. Leaves: nothing but what the routes would have
written, and letters about what could not be taken. May touch: the handlers of ``serving.http``.
"""
