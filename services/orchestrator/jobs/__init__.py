"""The life of a job: submitted, queued, leased by a worker, run, watched, ended.

Job truth is in the database alone. A queue message is a wake-up that carries an id; the lease guards the job. Neither a lost nor a
doubled message matters.
"""
