// Package clienttest tests the library against programs and libraries that nobody here wrote. It is a module of its own
// and never imported, so that those who import the library do not get its requirements. Packages of npm that the tests run
// are in npm/, and Chromium shows the status page; WATCHBILL_SCREENS names a folder for the pictures.
package clienttest
