package sqlite

import (
	"errors"
	"os"
	"syscall"
)

// What Windows calls its errors.
const (
	errSharing  = syscall.Errno(32)
	errDiskFull = syscall.Errno(112)
)

// acquire opens a file so that nobody else can write it, until it is closed or the process ends.
func acquire(name string) (*os.File, error) {
	p, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, err
	}
	h, err := syscall.CreateFile(p, syscall.GENERIC_READ|syscall.GENERIC_WRITE, syscall.FILE_SHARE_READ, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharing) {
		return nil, errHeld
	}
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(h), name), nil
}

// full reports whether a file could not be written for want of space.
func full(err error) bool { return errors.Is(err, errDiskFull) }
