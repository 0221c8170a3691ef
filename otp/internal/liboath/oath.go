//go:build liboath && cgo

package liboath

// #cgo LDFLAGS: -loath
// #include <stdlib.h>
// #include <liboath/oath.h>
//
// // validate checks otp n times with one step to either side, so that the cost of
// // calling C does not count, and returns the last result.
// static int validate(int n, const char *secret, size_t len, time_t now, const char *otp) {
//     int rc = 0;
//     oath_init();
//     for (int i = 0; i < n; i++)
//         rc = oath_totp_validate2(secret, len, now, 30, 0, 1, NULL, otp);
//     return rc;
// }
import "C"

import "unsafe"

// Validate checks code n times at the Unix time now, with one step to either side,
// and reports whether it matched.
func Validate(n int, secret string, now int64, code string) bool {
	s, c := C.CString(secret), C.CString(code)
	defer C.free(unsafe.Pointer(s))
	defer C.free(unsafe.Pointer(c))
	return C.validate(C.int(n), s, C.size_t(len(secret)), C.time_t(now), c) >= 0
}
