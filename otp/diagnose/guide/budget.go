package guide

import "time"

// budget counts what was spent since the last wait, and knows when that is
// forgotten. It holds one try back: the one whose refusal would lock the account.
// The last message locks nothing, so that all of them may be spent.
type budget struct {
	tries, sends, sms int // sms: refused SMS codes in a row, over all waits

	now               time.Time // the latest time that is known
	lastTry, lastSend time.Time
	locked            bool
	lockedUntil       time.Time // zero: not known
}

// spend notes a cost. sms says that the refused code came by SMS.
func (b *budget) spend(c Cost, sms bool) {
	if c.Tries > 0 {
		b.tries += c.Tries
		b.lastTry = b.now
	}
	if c.Tries > 0 && sms {
		b.sms += c.Tries
	}
	if c.Sends > 0 {
		b.sends += c.Sends
		b.lastSend = b.now
	}
}

// lock notes a lock: until its end, or for d as of now if that is not known.
func (b *budget) lock(until time.Time, d time.Duration) {
	b.locked, b.lockedUntil = true, until
	if until.IsZero() {
		b.lockedUntil = after(b.now, d)
	}
}

// triesLeft is how many codes may still be refused without a lock.
func (b *budget) triesLeft(p Profile, sms bool) int {
	if b.locked {
		return 0
	}
	left := p.Tries - 1 - b.tries
	if sms {
		left = min(left, p.SMSFailures-1-b.sms)
	}
	return max(left, 0)
}

func (b *budget) sendsLeft(p Profile) int { return max(p.Sends-b.sends, 0) }

// wait is a wait that a step calls for.
type wait struct {
	until time.Time // zero: not known
	left  time.Duration
	sms   bool // it is the long one of SMS
}

// blocks reports whether a cost goes beyond what is left, and what wait frees it.
func (b *budget) blocks(p Profile, c Cost, sms bool) (wait, bool) {
	var w wait
	blocked := false
	add := func(from time.Time, d time.Duration, long bool) {
		blocked = true
		if end := after(from, d); d > w.left || end.After(w.until) {
			w = wait{until: end, left: d, sms: long}
		}
	}
	if c.Tries > 0 && (b.locked || b.tries+c.Tries > p.Tries-1) {
		add(b.lastTry, time.Duration(p.Wait), false)
		if b.lockedUntil.After(w.until) {
			w.until = b.lockedUntil
		}
	}
	if c.Tries > 0 && sms && b.sms+c.Tries > p.SMSFailures-1 {
		add(b.lastTry, time.Duration(p.SMSWait), true)
	}
	if c.Sends > 0 && b.sends+c.Sends > p.Sends {
		add(b.lastSend, time.Duration(p.Wait), false)
	}
	if blocked && !w.until.IsZero() && !b.now.IsZero() {
		w.left = max(w.until.Sub(b.now), 0)
	}
	return w, blocked
}

// waited forgets what the service has forgotten by now. timed says that the time
// at which the wait ended is known; otherwise it is taken to have been long enough.
func (b *budget) waited(p Profile, w wait, timed bool) {
	over := func(last time.Time, d Duration) bool {
		return !timed || !last.Add(time.Duration(d)).After(b.now)
	}
	if over(b.lastTry, p.Wait) {
		b.tries = 0
	}
	if over(b.lastSend, p.Wait) {
		b.sends = 0
	}
	if w.sms && over(b.lastTry, p.SMSWait) {
		b.sms = 0
	}
	if !timed || !b.lockedUntil.After(b.now) {
		b.locked, b.lockedUntil = false, time.Time{}
	}
}

// after is t plus d, if t is known.
func after(t time.Time, d time.Duration) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(d)
}
