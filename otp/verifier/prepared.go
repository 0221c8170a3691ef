package verifier

import (
	"hash/maphash"
	"sync"

	"github.com/authctl/authctl/otp"
)

// prepared keeps opened keys ready by account and enrolment, bounded. An entry
// counts only while sealed secret and parameters in the store are those it was
// made from: a row that was changed there is opened, and checked, anew.
type prepared struct {
	seed   maphash.Seed
	shards [32]preparedShard
}

type preparedShard struct {
	mu   sync.Mutex
	keys map[uint64]*preparedKey // by a hash of what they belong to; of two with the same the later stays
	_    [48]byte                // keeps locks of neighbours off one cache line
}

type preparedKey struct {
	about  label
	secret Sealed
	g      *otp.Generator
}

// preparedMax bounds a shard: about 16,000 keys of half a kilobyte in all.
const preparedMax = 512

func newPrepared() *prepared {
	p := &prepared{seed: maphash.MakeSeed()}
	for i := range p.shards {
		p.shards[i].keys = map[uint64]*preparedKey{}
	}
	return p
}

func (p *prepared) hash(account string, e *Enrolled) uint64 {
	return maphash.String(p.seed, account) + e.Enrolment
}

func (p *prepared) get(account string, e *Enrolled) (*otp.Generator, bool) {
	h := p.hash(account, e)
	sh := &p.shards[h%uint64(len(p.shards))]
	sh.mu.Lock()
	k := sh.keys[h]
	sh.mu.Unlock()
	if k == nil || k.secret != e.Secret || k.about != labelOf(account, e) {
		return nil, false
	}
	return k.g, true
}

func (p *prepared) put(account string, e *Enrolled, g *otp.Generator) {
	h := p.hash(account, e)
	sh := &p.shards[h%uint64(len(p.shards))]
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if len(sh.keys) >= preparedMax {
		for h := range sh.keys { // any one: map order is random enough
			delete(sh.keys, h)
			break
		}
	}
	sh.keys[h] = &preparedKey{labelOf(account, e), e.Secret, g}
}
