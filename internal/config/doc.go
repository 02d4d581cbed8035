// Package config is the one typed Config of every command, and the only reader
// of flags and of the environment.
//
// Strength: flag, then environment, then default. The variable's name is made
// from the flag's: -s3.endpoint ↔ LFB_S3_ENDPOINT. Load is pure, so that tests
// need no environment; it reports every mistake at once, by flag name. Secrets
// hide themselves wherever they are printed. A new setting is a tagged field and, where it can be wrong,
// a line of validate.
package config
