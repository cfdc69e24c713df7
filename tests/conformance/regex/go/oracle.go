// Package main answers, with Go's regexp, lines as regex_driver reads them: Go's is RE2's syntax,
// by RE2's author.
package main

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"os"
	"regexp"
	"strings"
)

func text(digits string) string {
	bytes, err := hex.DecodeString(strings.Trim(digits, "-"))
	if err != nil {
		panic(err)
	}
	return string(bytes)
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		expression, err := regexp.Compile(text(fields[1]))
		if err != nil {
			fmt.Fprintf(out, "invalid %q\n", err.Error())
			continue
		}
		answers := "ok "
		for _, field := range fields[2:] {
			if expression.MatchString(text(field)) {
				answers += "1"
			} else {
				answers += "0"
			}
		}
		fmt.Fprintln(out, answers)
	}
}
