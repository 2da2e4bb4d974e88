package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"strings"
)

// Close adds the tail that makes lines an archive, if they can be read.
func Close(lines string) string {
	r := newReader(strings.NewReader(lines))
	for {
		if _, err := r.next(); err != nil {
			break
		}
	}
	sum := sha256.Sum256([]byte(lines))
	tail, _ := json.Marshal(line{End: &end{r.content.counts, hex.EncodeToString(sum[:])}})
	return lines + string(tail) + "\n"
}

// CheckLines is Check for lines that may have so many bytes.
func CheckLines(in io.Reader, max int) error {
	r := newReader(in)
	r.max = max
	for {
		if _, err := r.next(); err != nil {
			return err
		}
	}
}
