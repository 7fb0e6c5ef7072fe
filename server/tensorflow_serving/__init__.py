"""A stand-in for TensorFlow Serving, for teaching and for tests.

It answers what ``tensorflow_model_server`` answers, over REST and gRPC, down to status codes, error texts and number
formats, and takes the same flags. It runs where the official image does not: without Docker, on Apple silicon, without
a network. For production, take the official image; docs/model_server.md lists what the stand-in does not do.

Start it with ``workbook model-server`` or ``python -m server.tensorflow_serving``; begin reading with ``server``, which
puts the rooms together. Except for ``flags``, all modules import TensorFlow when they are imported. What is always
true:

**Which thread may do what.** The main thread starts, waits and stops; a signal handler sets a flag and takes no lock.
Two watchers look at the disk and at the configuration file; ``lifecycle.core`` compares. Each version is loaded, and
unloaded, by a thread of its own (``lifecycle.manager``): nothing else makes or closes a servable. The threads of REST
and gRPC answer requests: they use a version only inside ``ServerCore.lease``, and change none. With batching, a few
threads of each servable run the graph, and the request's own thread waits.

**Which lock guards what.** ``Manager._changed`` guards the table of versions and every field of a ``Version``; it is
never held while a model loads, runs or closes. ``ServerCore._configuring`` lets in one reload at a time,
``ServerCore._polling`` one look at the disk. They are taken in that order: configuring, polling, changed. The tables of
models and labels are replaced as a whole, never changed, so that a request can read them without a lock.

**When a version is loaded and unloaded.** Its state only goes forward, from START to END; a version that is wanted
again after its end becomes a new ``Version``. One that is no longer aspired stays AVAILABLE until an aspired one is,
unless there is none, so that a swap leaves no gap. Then it is UNLOADING, and no new request gets it; when the last
request that holds it is done, it is closed. A version that cannot be loaded ends with its error, and affects no other.

**What reaches a client.** A ``ServingError``, with its code and upstream's own words, and nothing else: a bad request
never ends the process, and what is wrong on the disk or in a file is logged once.
"""
