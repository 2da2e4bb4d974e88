package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of the Standard Webhooks scheme.
const (
	headerID        = "Webhook-Id"
	headerTimestamp = "Webhook-Timestamp"
	headerSignature = "Webhook-Signature"
)

// ErrSignature classes the errors of [Verify] that the sender of the request is to blame for.
var ErrSignature = errors.New("webhook: signature refused")

// Verify tells a receiver whether a request comes from a holder of the secret and is fresh: header and body as
// received, secret as in [Config] (one of several is enough), now as the receiver's clock says, tolerance how far the
// request's timestamp may lie from it (five minutes is usual).
func Verify(secret string, header http.Header, body []byte, now time.Time, tolerance time.Duration) error {
	keys, err := parseSecrets(secret)
	if err != nil {
		return fmt.Errorf("webhook: %w", err)
	}
	id, stamp := header.Get(headerID), header.Get(headerTimestamp)
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if id == "" || err != nil {
		return fmt.Errorf("%w: %s or %s is missing or malformed", ErrSignature, headerID, headerTimestamp)
	}
	if now.Sub(time.Unix(seconds, 0)).Abs() > tolerance {
		return fmt.Errorf("%w: the timestamp is more than %v from now", ErrSignature, tolerance)
	}
	for _, signature := range strings.Fields(header.Get(headerSignature)) {
		for _, key := range keys {
			if hmac.Equal([]byte(signature), []byte(signature1(key, id, stamp, body))) {
				return nil
			}
		}
	}
	return fmt.Errorf("%w: no signature matches", ErrSignature)
}

// sign sets the headers of the scheme; one signature a key, none without keys.
func sign(header http.Header, keys [][]byte, id string, now time.Time, body []byte) {
	stamp := strconv.FormatInt(now.Unix(), 10)
	header.Set(headerID, id)
	header.Set(headerTimestamp, stamp)
	signatures := make([]string, 0, len(keys))
	for _, key := range keys {
		signatures = append(signatures, signature1(key, id, stamp, body))
	}
	if len(signatures) > 0 {
		header.Set(headerSignature, strings.Join(signatures, " "))
	}
}

// signature1 is the scheme's version 1: HMAC-SHA256.
func signature1(key []byte, id, stamp string, body []byte) string {
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.", id, stamp)
	mac.Write(body)
	return "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil))
}

// parseSecrets returns the keys of a list of secrets separated by spaces. Its errors quote nothing.
func parseSecrets(list string) ([][]byte, error) {
	var keys [][]byte
	for i, secret := range strings.Fields(list) {
		encoded, ok := strings.CutPrefix(secret, "whsec_")
		if !ok {
			return nil, fmt.Errorf("secret %d does not start with whsec_", i+1)
		}
		key, err := base64.StdEncoding.DecodeString(encoded)
		if err != nil {
			return nil, fmt.Errorf("secret %d is not base64 after whsec_", i+1)
		}
		if len(key) < 24 || len(key) > 64 {
			return nil, fmt.Errorf("secret %d has %d bytes, must have 24 to 64", i+1, len(key))
		}
		keys = append(keys, key)
	}
	return keys, nil
}
