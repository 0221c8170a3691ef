// Package qr draws keys as QR codes and reads QR codes from pictures.
//
// [Encode] makes a code of a text, which is then drawn as PNG, SVG or on a terminal:
//
//	c, err := qr.Encode(key.URI())
//	err = c.Terminal(os.Stdout, false)
//
// [Scan] returns every code in a picture file, as its [Kind] and its text; what the text means is for packages otp and transfer to say. It reads
// screenshots and photos: small, turned, inverted, blurred and bent codes, several in one picture. A file may come from anywhere: what it may
// cost in memory and time is bounded before it is decoded, by [ScanOptions]. [ScanImage] does the same for a picture in memory.
//
// [Check] says what an authenticator app would not keep of a key.
//
// Texts are secrets more often than not, so neither [Symbol] nor [Code] shows them when printed; a drawing, of course, does.
//
// Reading goes from finder patterns to a grid of modules to bits in this package; the bits are decoded by gozxing. doc/qr.md describes the way
// and what is read of each kind of picture.
package qr
