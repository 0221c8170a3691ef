-- An account: its id as bytes, a tag that every write chooses anew, and its state.
-- Pages keep room, so that a new state finds its place beside the old one.
CREATE TABLE {{accounts}} (
    id    bytea PRIMARY KEY,
    tag   bytea NOT NULL,
    state bytea NOT NULL
) WITH (fillfactor = 60);
