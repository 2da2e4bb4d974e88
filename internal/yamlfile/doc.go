// Package yamlfile reads the fields of YAML files that people write, and says all that is wrong with them at once, with file,
// line, field and how to mend it. The rooms that have such files say what the fields are: config and sim/scenario.
package yamlfile
