package transfer

import (
	"bytes"
	"encoding/xml"
	"errors"
)

var errNotToken = errors.New("it is not the JSON of a token")

// setting is a string of an Android app's settings, which phones with root access
// give out:
//
//	<map><string name="…">…</string><int name="…" value="…"/></map>
type setting struct{ name, value string }

// settings reads such a file. What is not one gives nil.
func settings(data []byte, limit int) []setting {
	d := xml.NewDecoder(bytes.NewReader(data))
	var list []setting
	for depth := 0; ; {
		token, err := d.Token()
		if err != nil {
			return list
		}
		switch t := token.(type) {
		case xml.StartElement:
			if depth++; depth == 1 && t.Name.Local != "map" || len(list) == limit {
				return nil
			}
			if depth == 1 {
				continue
			}
			var s struct {
				Name  string `xml:"name,attr"`
				Value string `xml:"value,attr"`
				Text  string `xml:",chardata"`
			}
			if err := d.DecodeElement(&s, &t); err != nil {
				return list
			}
			depth--
			list = append(list, setting{s.Name, s.Text + s.Value})
		case xml.EndElement:
			depth--
		}
	}
}

// setting is the value of the setting with a name, or "".
func (in *input) setting(name string) string {
	for _, s := range in.settings {
		if s.name == name {
			return s.value
		}
	}
	return ""
}
