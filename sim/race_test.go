//go:build race

package sim_test

// racing: everything takes ten times as long.
const racing = true
