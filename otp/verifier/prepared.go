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
	keys map[preparedID]preparedKey
}

type preparedID struct {
	account   string
	enrolment uint64
}

type preparedKey struct {
	secret Sealed
	form   [5]int64
	g      *otp.Generator
}

// preparedMax bounds a shard: about 16,000 keys of half a kilobyte in all.
const preparedMax = 512

func newPrepared() *prepared {
	p := &prepared{seed: maphash.MakeSeed()}
	for i := range p.shards {
		p.shards[i].keys = map[preparedID]preparedKey{}
	}
	return p
}

func (p *prepared) get(account string, e *Enrolled) (*otp.Generator, bool) {
	sh := p.shard(account)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	k, ok := sh.keys[preparedID{account, e.Enrolment}]
	return k.g, ok && k.secret == e.Secret && k.form == labelOf(account, e).form
}

func (p *prepared) put(account string, e *Enrolled, g *otp.Generator) {
	sh := p.shard(account)
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if len(sh.keys) >= preparedMax {
		for id := range sh.keys { // any one: map order is random enough
			delete(sh.keys, id)
			break
		}
	}
	sh.keys[preparedID{account, e.Enrolment}] = preparedKey{e.Secret, labelOf(account, e).form, g}
}

func (p *prepared) shard(account string) *preparedShard {
	return &p.shards[maphash.String(p.seed, account)%uint64(len(p.shards))]
}
