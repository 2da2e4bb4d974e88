package httpapi

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"strings"
)

// purpose is what a token is for. What is sealed for one opens nothing else.
type purpose string

const (
	purposeList    purpose = "watchbill: list of alerts"
	purposeProof   purpose = "watchbill: proof of a contact"
	purposeSenders purpose = "watchbill: senders"
)

// seal returns a token that says some words: these bytes in base64url, for each word its length, 1 byte, and the word; then
// HMAC-SHA256 by a key for this purpose alone, the first 16. It is empty without a key, or if a word is too long.
func (p purpose) seal(key []byte, words ...string) string {
	if len(key) < MinKey {
		return ""
	}
	data := []byte{tokenVersion}
	for _, w := range words {
		if len(w) > 255 {
			return ""
		}
		data = append(append(data, byte(len(w))), w...)
	}
	return base64.RawURLEncoding.EncodeToString(append(data, p.mac(key, data)...))
}

// open returns the n words that a token says, and whether it was sealed with this key for this purpose.
func (p purpose) open(key []byte, token string, n int) (words []string, ok bool) {
	if len(key) < MinKey || len(token) > maxToken {
		return nil, false
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(data) < 1+tokenMAC || strings.ContainsAny(token, "\r\n") {
		return nil, false
	}
	data, mac := data[:len(data)-tokenMAC], data[len(data)-tokenMAC:]
	if !hmac.Equal(mac, p.mac(key, data)) || data[0] != tokenVersion {
		return nil, false
	}
	for rest := data[1:]; len(rest) > 0; {
		size := int(rest[0])
		if size >= len(rest) {
			return nil, false
		}
		words, rest = append(words, string(rest[1:1+size])), rest[1+size:]
	}
	return words, len(words) == n
}

func (p purpose) mac(key, data []byte) []byte {
	own := hmac.New(sha256.New, key)
	own.Write([]byte(p))
	sum := hmac.New(sha256.New, own.Sum(nil))
	sum.Write(data)
	return sum.Sum(nil)[:tokenMAC]
}
