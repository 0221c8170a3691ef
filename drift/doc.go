// Package drift measures how wrong this clock is, and how sure we are.
package drift
