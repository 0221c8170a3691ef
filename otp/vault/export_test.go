package vault

// Seams for the tests: where a write is stopped, and the content by itself.

// OnStep calls at after each step of a write of v.
func (v *Vault) OnStep(at func(step string)) { v.hook = at }

// Recode decodes a content and encodes it again.
func Recode(plain []byte) ([]byte, error) {
	c, err := decodeContent(plain)
	if err != nil {
		return nil, err
	}
	return c.encode()
}
