package transfer

// Argon2d is tested by its own vector.
var Argon2d = argon2d
