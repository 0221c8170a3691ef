package storetest

// classTests are the ways in which login sides are known to have failed, under the
// numbers of the table in doc/security.md.
var classTests = []test{
	{"class01 replay in the same step", testReplay},
	{"class02 replay across the window", testReplayWindow},
	{"class03 replay after resync", testReplayResync},
	{"class04 replay by another spelling", testReplaySpelling},
	{"class05 concurrent use", testConcurrent},
	{"class06 the count outlives the caller's failure", testCountStays},
	{"class07 limiter race", testLimiterRace},
	{"class08 throttle", testThrottle},
	{"class10 recovery code used twice", testRecoveryTwice},
	{"class15 accounts are apart", testAccountsApart},
	{"class16 a failed HOTP leaves the counter", testCounterStays},
	{"class17 slow typing teaches no drift", testDriftSlowTyping},
	{"class18 no oracle", testNoOracle},
	{"class19 link consumed by a scanner", testLinkScanner},
	{"class20 restart between two uses", testRestart},
	{"class21 clock set back", testClockBack},
	{"class22 secret in the wrong row", testWrongRow},
	{"class23 conflict at every update", testConflict},
	{"class24 reply lost after commit", testReplyLost},
}
