package verifier

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/authctl/authctl/otp"
)

// Request is a recovery request: the last resort of a person who has lost every
// other way in. A person reviews it.
//
//	submitted → in-review ⇄ asked → approved → used
//	                                refused, closed, canceled
type Request struct {
	Number    uint64        `json:"n"` // of the account's requests, ascending
	Status    RequestStatus `json:"status"`
	Since     Instant       `json:"since"` // when it got its Status
	Made      Instant       `json:"made"`
	Documents []Document    `json:"documents,omitempty"`
	By        string        `json:"by,omitempty"`   // who took the last step of the review
	Text      string        `json:"text,omitempty"` // what was asked, or why it was refused
	Link      Link          `json:"link,omitzero"`  // of an approved request
}

// RequestStatus is where a request stands.
type RequestStatus string

const (
	RequestSubmitted RequestStatus = "submitted"
	RequestInReview  RequestStatus = "in-review"
	RequestAsked     RequestStatus = "asked"    // the person must answer within Policy.AnswerFor
	RequestApproved  RequestStatus = "approved" // the link waits to be used
	RequestUsed      RequestStatus = "used"     // the link led to a new key
	RequestRefused   RequestStatus = "refused"
	RequestClosed    RequestStatus = "closed" // no answer or no use of the link in time, or the account was reset
	RequestCanceled  RequestStatus = "canceled"
)

// open reports whether the request still waits for something.
func (r *Request) open() bool {
	switch r.Status {
	case RequestSubmitted, RequestInReview, RequestAsked, RequestApproved:
		return true
	}
	return false
}

// Document is a reference to something that the caller stores, such as the picture of
// an identity card.
type Document struct {
	Ref  string `json:"ref"`  // the caller's name for it, at most 256 bytes
	Type string `json:"type"` // media type: that of a PDF or a picture, of which SVG is none: it can hold scripts
	Size int64  `json:"size"` // bytes, at most 10 MB
}

// What a request may hold.
const (
	maxDocuments    = 8
	maxDocumentSize = 10_000_000
	maxRef          = 256
	maxText         = 1000
)

var documentTypes = []string{
	"application/pdf", "image/jpeg", "image/png", "image/heic", "image/heif", "image/webp", "image/avif", "image/gif", "image/tiff", "image/bmp",
}

// RequestForm is what a person who cannot sign in has filled in.
type RequestForm struct {
	Contact    string // the address as the person wrote it, in one spelling (see package send)
	Registered string // the address that the caller has for the account, "" if it has none
	Documents  []Document
	Source     string // see Attempt.Source
}

var (
	// ErrNoRequest is returned where the account has no request in the status that a
	// step asks for.
	ErrNoRequest = errors.New("there is no such request")

	// ErrEarly is returned by ApproveRequest before Policy.RequestWait is over.
	ErrEarly = errors.New("the holder still has time to object")

	// ErrLink is returned by UseRequestLink for a token that is wrong, used or late.
	ErrLink = errors.New("the link is not good, or not any more")
)

// SubmitRequest takes a form. Its answer is the same whether the account exists, the
// contact is the registered one, or a request is open already: say "if everything
// fits, you will hear from us at your registered address". What it was is in the
// event. Only a form that cannot be a form is an error.
//
// Tell the holder of a RequestMade event at every address that is known: who did not
// ask can object with [Verifier.CancelRequest] for Policy.RequestWait.
func (v *Verifier) SubmitRequest(ctx context.Context, id string, f RequestForm) error {
	if err := checkDocuments(f.Documents); err != nil {
		return fmt.Errorf("submit request: %w", err)
	}
	fits := f.Registered != "" && subtle.ConstantTimeCompare([]byte(f.Contact), []byte(f.Registered)) == 1
	r, err := v.allowed(ctx, id, Attempt{Source: f.Source}, true)
	if err == nil && r.Outcome != Limited {
		err = v.update(ctx, &turn{id: id, source: f.Source}, func(t *turn) error {
			s := t.s
			reason := ""
			switch {
			case !s.Enforced:
				reason = "the account has no second factor"
			case !fits:
				reason = "the contact is not the registered one"
			case s.Request.open():
				reason = "a request is open already"
			}
			if reason != "" {
				t.tell(Event{Kind: RequestDropped, Reason: reason})
				return nil
			}
			s.Request = Request{Number: s.Request.Number + 1, Status: RequestSubmitted, Since: t.now, Made: t.now, Documents: slices.Clone(f.Documents)}
			t.emit(Event{Kind: RequestMade})
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("submit request of %q: %w", id, err)
	}
	return nil
}

func checkDocuments(list []Document) error {
	if len(list) > maxDocuments {
		return fmt.Errorf("%d documents are more than %d", len(list), maxDocuments)
	}
	for i, d := range list {
		switch {
		case d.Ref == "" || len(d.Ref) > maxRef || d.Ref != otp.CleanText(d.Ref):
			return fmt.Errorf("document %d: its reference is empty, over %d bytes or has control characters", i+1, maxRef)
		case !slices.Contains(documentTypes, d.Type):
			return fmt.Errorf("document %d: it is none of %s", i+1, strings.Join(documentTypes, ", "))
		case d.Size <= 0 || d.Size > maxDocumentSize:
			return fmt.Errorf("document %d: it has %d bytes, not 1 to %d", i+1, d.Size, int64(maxDocumentSize))
		}
	}
	return nil
}

// Request is the account's latest request, the zero Request if there was none.
func (v *Verifier) Request(ctx context.Context, id string) (Request, error) {
	t, err := v.look(ctx, id)
	if err != nil {
		return Request{}, fmt.Errorf("look up the request of %q: %w", id, err)
	}
	return t.s.Request, nil
}

// ReviewRequest takes a submitted request into review. by names the reviewer.
func (v *Verifier) ReviewRequest(ctx context.Context, id, by string) error {
	return v.step(ctx, id, by, RequestInReview, "", RequestSubmitted)
}

// AskRequest asks the person for more, who must answer within Policy.AnswerFor.
func (v *Verifier) AskRequest(ctx context.Context, id, by, question string) error {
	return v.step(ctx, id, by, RequestAsked, question, RequestInReview)
}

// RefuseRequest ends a request.
func (v *Verifier) RefuseRequest(ctx context.Context, id, by, why string) error {
	return v.step(ctx, id, by, RequestRefused, why, RequestInReview, RequestAsked)
}

// CancelRequest ends a request on the word of the holder, in a session that is signed
// in: the request is not theirs.
func (v *Verifier) CancelRequest(ctx context.Context, id string) error {
	return v.step(ctx, id, "the holder", RequestCanceled, "", RequestSubmitted, RequestInReview, RequestAsked, RequestApproved)
}

// AnswerRequest adds documents to a request that asked for more, and gives it back to
// the review. Its error tells whether there is one, so it is for whoever has shown that
// the request is theirs, such as by a link in the mail that asked.
func (v *Verifier) AnswerRequest(ctx context.Context, id string, more []Document) error {
	err := checkDocuments(more)
	if err == nil {
		err = v.update(ctx, &turn{id: id}, func(t *turn) error {
			r := &t.s.Request
			if len(r.Documents)+len(more) > maxDocuments {
				return fmt.Errorf("%d documents are more than %d", len(r.Documents)+len(more), maxDocuments)
			}
			r.Documents = append(r.Documents, more...)
			return t.step(RequestInReview, r.Text, RequestAsked)
		})
	}
	if err != nil {
		return fmt.Errorf("answer the request of %q: %w", id, err)
	}
	return nil
}

// ApproveRequest approves a request that is in review, and returns the token of a
// link for the registered address. The holder has had Policy.RequestWait to object;
// before that it is [ErrEarly].
func (v *Verifier) ApproveRequest(ctx context.Context, id, by string) (token string, err error) {
	b := make([]byte, tokenSize)
	if _, err := io.ReadFull(v.config.Rand, b); err != nil {
		return "", fmt.Errorf("approve the request of %q: read random bytes: %w", id, err)
	}
	token = base64.RawURLEncoding.EncodeToString(b)
	err = v.operate(ctx, id, by, "approve the request of", func(t *turn) error {
		r := &t.s.Request
		if r.Status == RequestInReview && r.Made.since(t.now) < v.policy.RequestWait {
			return ErrEarly
		}
		r.By = by
		if err := t.step(RequestApproved, "", RequestInReview); err != nil {
			return err
		}
		r.Link = Link{hashToken(token), t.now}
		return nil
	})
	if err != nil {
		return "", err
	}
	return token, nil
}

// step moves a request on.
func (v *Verifier) step(ctx context.Context, id, by string, to RequestStatus, text string, from ...RequestStatus) error {
	if text != otp.CleanText(text) || len(text) > maxText {
		return fmt.Errorf("set the request of %q %s: the text has control characters or over %d bytes", id, to, maxText)
	}
	return v.operate(ctx, id, by, "set the request "+string(to)+" of", func(t *turn) error {
		t.s.Request.By = by
		return t.step(to, text, from...)
	})
}

func (t *turn) step(to RequestStatus, text string, from ...RequestStatus) error {
	r := &t.s.Request
	if !slices.Contains(from, r.Status) {
		return ErrNoRequest
	}
	r.Status, r.Since, r.Text, r.Link = to, t.now, text, Link{}
	t.emit(Event{Kind: RequestMoved, Reason: string(to)})
	return nil
}

// settleRequest closes a request that nobody answered, or whose link nobody used.
func (t *turn) settleRequest() {
	if r := &t.s.Request; r.late(t.v.policy, t.now) {
		_ = t.step(RequestClosed, r.Text, r.Status)
	}
}

func (r *Request) late(p *Policy, now Instant) bool {
	return r.Status == RequestAsked && r.Since.since(now) >= p.AnswerFor ||
		r.Status == RequestApproved && r.Since.since(now) >= p.RequestLinkFor
}

// CheckRequestLink reports whether UseRequestLink would accept the token. It changes
// nothing and is what a GET may ask.
func (v *Verifier) CheckRequestLink(ctx context.Context, id, token string) (bool, error) {
	t, err := v.look(ctx, id)
	if err != nil {
		return false, fmt.Errorf("check the link of %q: %w", id, err)
	}
	return t.requestOpens(token), nil
}

func (t *turn) requestOpens(token string) bool {
	r := &t.s.Request
	return r.Status == RequestApproved && r.Link.opens(token, t.now, t.v.policy.RequestLinkFor)
}

// UseRequestLink consumes the link of an approved request and begins a new key, to be
// shown and confirmed as with [Verifier.Begin]. Call it on POST, after the first
// factor was right. It signs nobody in. The [Verifier.Confirm] that follows kills
// every older key, the recovery codes and the locks in one step, and makes new
// recovery codes.
func (v *Verifier) UseRequestLink(ctx context.Context, id, token string, n NewKey) (otp.Key, error) {
	n.Overlap = 0
	k, err := v.newKey(n)
	if err == nil {
		err = v.update(ctx, &turn{id: id}, func(t *turn) error {
			if !t.requestOpens(token) {
				return ErrLink
			}
			if err := t.step(RequestUsed, "", RequestApproved); err != nil {
				return err
			}
			if old := t.s.with(Pending); old != nil {
				t.s.bury(old.Enrolment, Superseded, t.now)
			}
			e, err := t.enrol(k)
			if err != nil {
				return err
			}
			e.Status, e.For, e.Alone = Pending, v.policy.PendingFor, true
			t.emit(Event{Kind: KeyBegun, Enrolment: e.Enrolment})
			return nil
		})
	}
	if err != nil {
		return otp.Key{}, fmt.Errorf("use the link of %q: %w", id, err)
	}
	return k, nil
}

// alone clears what a key that a recovery request led to does not leave beside it.
func (t *turn) alone(e Enrolled) {
	if !e.Alone {
		return
	}
	s := t.s
	s.Recovery.discard()
	s.Link = Link{}
	for _, other := range slices.Clone(s.Keys) {
		if other.Enrolment != e.Enrolment {
			s.bury(other.Enrolment, Revoked, t.now)
			t.emit(Event{Kind: KeyRevoked, Enrolment: other.Enrolment})
		}
	}
	t.recovered(ByRequest)
}
