// Judges a sealed log with Go's own checksum-database code: golang.org/x/mod/sumdb.
//
//	main LOG KEY    LOG is a folder of a log's objects, KEY its verifier key
//
// Every tile is authenticated against the signed root, every entry against the tiles. Prints the number of entries.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type folder string

func (f folder) Height() int { return 8 }

func (f folder) SaveTiles(tiles []tlog.Tile, data [][]byte) {}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range tiles {
		level := strconv.Itoa(tile.L)
		if tile.L == -1 {
			level = "entries"
		}
		path := "tile/" + level + "/" + number(tile.N)
		if tile.W < 256 {
			path += ".p/" + strconv.Itoa(tile.W)
		}
		data, err := os.ReadFile(filepath.Join(string(f), path))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func number(n int64) string {
	text := fmt.Sprintf("%03d", n%1000)
	for n >= 1000 {
		n /= 1000
		text = fmt.Sprintf("x%03d/%s", n%1000, text)
	}
	return text
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	objects := folder(os.Args[1])
	verifier, err := note.NewVerifier(os.Args[2])
	must(err)
	raw, err := os.ReadFile(filepath.Join(string(objects), "checkpoint"))
	must(err)
	signed, err := note.Open(raw, note.VerifierList(verifier))
	must(err)
	lines := strings.Split(signed.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		log.Fatal("not a checkpoint of this log")
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	must(err)
	root, err := base64.StdEncoding.DecodeString(lines[2])
	must(err)
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	hashes := tlog.TileHashReader(tree, objects)
	for first := int64(0); first < size; first += 256 {
		width := min(256, size-first)
		bundle, err := objects.ReadTiles([]tlog.Tile{{H: 8, L: -1, N: first / 256, W: int(width)}})
		must(err)
		var indexes []int64
		for i := int64(0); i < width; i++ {
			indexes = append(indexes, tlog.StoredHashIndex(0, first+i))
		}
		stored, err := hashes.ReadHashes(indexes)
		must(err)
		rest := bundle[0]
		for i := int64(0); i < width; i++ {
			end := 2 + int(binary.BigEndian.Uint16(rest))
			if tlog.RecordHash(rest[2:end]) != stored[i] {
				log.Fatalf("entry %d is not what was hashed", first+i)
			}
			rest = rest[end:]
		}
		if len(rest) != 0 {
			log.Fatalf("bundle %d holds more than its entries", first/256)
		}
	}
	fmt.Println(size)
}

func min(a, b int64) int64 {
	if a < b {
		return a
	}
	return b
}
