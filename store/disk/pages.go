package disk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
)

// This file reads a database as bbolt lays it out, without bbolt, and finds faults in its
// pages. bbolt itself trusts the file's content: a page number beyond the
// file's end is a fault in memory, a branch that leads back to itself an endless recursion,
// and neither can be caught everywhere (bbolt's own check runs in a goroutine of its own).
// So nothing is mapped before this has gone through all of it. Every page is read once.
//
// The layout (bbolt's internal/common, data file version 2; numbers as the machine has them):
//
//	page     ID (8 bytes), flags (2), count (2), how many pages more it takes (4), then by flags
//	meta     magic (4), version (4), page size (4), flags (4), root bucket (16), the free list's
//	         page (8), pages in use (8), number of the transaction (8), FNV-1a of all that (8)
//	branch   count × offset of the key (4), its length (4), page (8); the keys
//	leaf     count × flags (4), offset of the key (4), its length (4), the value's (4); keys with values
//	free     count × page (8); with a count of 0xFFFF, the first is the count
//	bucket   root page (8), sequence (8); a root of 0 is a leaf page that follows in the value
//
// Keys and values follow each other without a gap, in the order of their elements.

// The sizes and marks of the layout.
const (
	pageHeader   = 16
	pageElement  = 16
	bucketHeader = 16
	metaBytes    = 64 // with its sum

	flagBranch   = 0x01
	flagLeaf     = 0x02
	flagFreelist = 0x10
	flagBucket   = 0x01 // of an element of a leaf

	metaMagic   = 0xED0CDAED
	metaVersion = 2
	noFreelist  = 1<<64 - 1

	minPageSize = 1 << 10
	maxPageSize = 16 << 20
	maxDepth    = 64 // of branches and buckets: a tree of that depth has more records than a disk takes
)

var order = binary.NativeEndian

// metaPage has the content of one of the first two pages, which lead to all others.
type metaPage struct {
	pageSize int64
	root     uint64
	freelist uint64
	end      uint64 // the pages below it are in use or free
	tx       uint64
}

// pages walks through all pages of a file.
type pages struct {
	file  io.ReaderAt
	meta  metaPage
	found []bool   // by page: it belongs to something already
	bufs  [][]byte // by depth
}

// checkPages checks all pages of a database file; its error says what is wrong with them.
// fellBack is true when the latest change was damaged on its way to the disk, and the state
// before it, which bbolt falls back to, is whole.
func checkPages(file io.ReaderAt, size int64) (fellBack bool, err error) {
	meta, fellBack, err := latestMeta(file, size)
	if err != nil {
		return false, err
	}
	switch {
	case size%meta.pageSize != 0:
		return false, errors.New("it is cut short in the midst of a page")
	case meta.end < 4 || meta.end > uint64(size/meta.pageSize):
		return false, fmt.Errorf("it is cut short: %d pages belong to it, and %d are there", meta.end, size/meta.pageSize)
	}
	p := &pages{file: file, meta: meta, found: make([]bool, meta.end)}
	p.found[0], p.found[1] = true, true
	if err := p.checkFreelist(); err != nil {
		return false, err
	}
	if err := p.checkTree(meta.root, nil, nil, 0); err != nil {
		return false, err
	}
	if meta.freelist == noFreelist {
		return fellBack, nil
	}
	for id, found := range p.found {
		if !found {
			return false, fmt.Errorf("page %d is lost: nothing leads to it", id)
		}
	}
	return fellBack, nil
}

// latestMeta returns the meta page that bbolt goes by: the later one of those that are whole.
func latestMeta(file io.ReaderAt, size int64) (meta metaPage, fellBack bool, err error) {
	first, firstErr := readMeta(file, 0)
	if firstErr == nil {
		second, err := readMeta(file, first.pageSize)
		switch {
		case err != nil:
			return first, true, nil
		case second.tx > first.tx:
			return second, false, nil
		}
		return first, false, nil
	}
	for at := int64(minPageSize); at <= maxPageSize && at < size; at *= 2 {
		if second, err := readMeta(file, at); err == nil && second.pageSize == at {
			return second, true, nil
		}
	}
	return metaPage{}, false, firstErr
}

func readMeta(file io.ReaderAt, at int64) (metaPage, error) {
	b := make([]byte, pageHeader+metaBytes)
	if _, err := file.ReadAt(b, at); err != nil {
		if errors.Is(err, io.EOF) {
			return metaPage{}, errors.New("it is too short for a database")
		}
		return metaPage{}, err
	}
	b = b[pageHeader:]
	if order.Uint32(b) != metaMagic || order.Uint32(b[4:]) != metaVersion {
		return metaPage{}, errors.New("it does not begin as a database does")
	}
	sum := fnv.New64a()
	sum.Write(b[:metaBytes-8])
	if sum.Sum64() != order.Uint64(b[metaBytes-8:]) {
		return metaPage{}, errors.New("the sum of its first pages is wrong")
	}
	m := metaPage{
		pageSize: int64(order.Uint32(b[8:])),
		root:     order.Uint64(b[16:]),
		freelist: order.Uint64(b[32:]),
		end:      order.Uint64(b[40:]),
		tx:       order.Uint64(b[48:]),
	}
	if m.pageSize < minPageSize || m.pageSize > maxPageSize || m.pageSize&(m.pageSize-1) != 0 {
		return metaPage{}, fmt.Errorf("its pages are of %d bytes", m.pageSize)
	}
	return m, nil
}

// take notes that page id and more pages after it are in use. It fails for a page that is already.
func (p *pages) take(id, more uint64) error {
	if id < 2 || id >= p.meta.end || more >= p.meta.end-id {
		return fmt.Errorf("page %d is not within it", id)
	}
	for i := id; i <= id+more; i++ {
		if p.found[i] {
			return fmt.Errorf("page %d is used twice", i)
		}
		p.found[i] = true
	}
	return nil
}

// read reads a page with its overflow pages into the buffer of a depth, and takes them.
func (p *pages) read(id uint64, depth int) (page []byte, flags uint16, err error) {
	if depth >= maxDepth {
		return nil, 0, fmt.Errorf("page %d lies too deep", id)
	}
	for len(p.bufs) <= depth {
		p.bufs = append(p.bufs, make([]byte, p.meta.pageSize))
	}
	if id < 2 || id >= p.meta.end {
		return nil, 0, fmt.Errorf("page %d is not within it", id)
	}
	head := p.bufs[depth][:p.meta.pageSize]
	at := int64(id) * p.meta.pageSize
	if _, err := p.file.ReadAt(head, at); err != nil {
		return nil, 0, fmt.Errorf("page %d cannot be read: %w", id, err)
	}
	if got := order.Uint64(head); got != id {
		return nil, 0, fmt.Errorf("where page %d should be is another, %d", id, got)
	}
	more := uint64(order.Uint32(head[12:]))
	if err := p.take(id, more); err != nil {
		return nil, 0, err
	}
	page = head
	if more > 0 {
		if size := int64(more+1) * p.meta.pageSize; int64(cap(head)) >= size {
			page = head[:size]
		} else {
			page = make([]byte, size)
			p.bufs[depth] = page
		}
		if _, err := p.file.ReadAt(page, at); err != nil {
			return nil, 0, fmt.Errorf("page %d cannot be read: %w", id, err)
		}
	}
	return page, order.Uint16(page[8:]), nil
}

func (p *pages) checkFreelist() error {
	if p.meta.freelist == noFreelist {
		return nil
	}
	page, flags, err := p.read(p.meta.freelist, 0)
	if err != nil {
		return err
	}
	if flags != flagFreelist {
		return fmt.Errorf("page %d is not the list of free pages", p.meta.freelist)
	}
	list, count := page[pageHeader:], uint64(order.Uint16(page[10:]))
	if count == 0xFFFF {
		count, list = order.Uint64(list), list[8:]
	}
	if count > uint64(len(list)/8) {
		return fmt.Errorf("the list of free pages says that it has %d", count)
	}
	for i := range count {
		if err := p.take(order.Uint64(list[8*i:]), 0); err != nil {
			return fmt.Errorf("the list of free pages: %w", err)
		}
	}
	return nil
}

// checkTree checks a page and all below it. Its keys have to be at least min and below
// max; nil for no bound.
func (p *pages) checkTree(id uint64, min, max []byte, depth int) error {
	page, flags, err := p.read(id, depth)
	if err != nil {
		return err
	}
	switch flags {
	case flagBranch:
		return p.checkBranch(page, min, max, depth)
	case flagLeaf:
		return p.checkLeaf(page, min, max, depth)
	}
	return fmt.Errorf("page %d is neither branch nor leaf", id)
}

func (p *pages) checkBranch(page, min, max []byte, depth int) error {
	id, count := order.Uint64(page), int(order.Uint16(page[10:]))
	if count == 0 {
		return fmt.Errorf("page %d is an empty branch", id)
	}
	keys, err := elements(page, func(e []byte) (offset, key, value uint32) {
		return order.Uint32(e), order.Uint32(e[4:]), 0
	})
	if err != nil {
		return err
	}
	if err := inOrder(id, keys, min, max); err != nil {
		return err
	}
	for i := range count {
		child := order.Uint64(page[pageHeader+pageElement*i+8:])
		below := max
		if i+1 < count {
			below = keys[i+1].key
		}
		if err := p.checkTree(child, keys[i].key, below, depth+1); err != nil {
			return err
		}
	}
	return nil
}

func (p *pages) checkLeaf(page, min, max []byte, depth int) error {
	id := order.Uint64(page)
	records, err := elements(page, func(e []byte) (offset, key, value uint32) {
		return order.Uint32(e[4:]), order.Uint32(e[8:]), order.Uint32(e[12:])
	})
	if err != nil {
		return err
	}
	if err := inOrder(id, records, min, max); err != nil {
		return err
	}
	for i, r := range records {
		switch flags := order.Uint32(page[pageHeader+pageElement*i:]); flags {
		case 0:
		case flagBucket:
			if err := p.checkBucket(r.value, depth); err != nil {
				return fmt.Errorf("bucket %q: %w", r.key, err)
			}
		default:
			return fmt.Errorf("page %d has a record of kind %d", id, flags)
		}
	}
	return nil
}

// checkBucket checks the bucket that a record's value describes, and all below it.
func (p *pages) checkBucket(value []byte, depth int) error {
	if len(value) < bucketHeader {
		return errors.New("it is cut short")
	}
	if root := order.Uint64(value); root != 0 {
		return p.checkTree(root, nil, nil, depth+1)
	}
	inside := value[bucketHeader:]
	if len(inside) < pageHeader || order.Uint16(inside[8:]) != flagLeaf {
		return errors.New("what it holds is no leaf")
	}
	if depth+1 >= maxDepth {
		return errors.New("it lies too deep")
	}
	return p.checkLeaf(inside, nil, nil, depth+1)
}

// record is a key with its value; a branch's has none.
type record struct{ key, value []byte }

// elements reads the keys and values of a page. where takes them from an element: the offset
// of its key from the element's beginning, and the lengths of key and value.
func elements(page []byte, where func(element []byte) (offset, key, value uint32)) ([]record, error) {
	id, count := order.Uint64(page), int64(order.Uint16(page[10:]))
	next := pageHeader + pageElement*count // where the next key must be
	if next > int64(len(page)) {
		return nil, fmt.Errorf("page %d says that it has %d records", id, count)
	}
	list := make([]record, count)
	for i := range count {
		at := pageHeader + pageElement*i
		offset, key, value := where(page[at : at+pageElement])
		end := next + int64(key) + int64(value)
		if at+int64(offset) != next || key == 0 || end > int64(len(page)) {
			return nil, fmt.Errorf("page %d has a record that is not within it", id)
		}
		middle := next + int64(key)
		list[i] = record{page[next:middle], page[middle:end]}
		next = end
	}
	return list, nil
}

// inOrder checks that keys are in ascending order, at least min and below max.
func inOrder(id uint64, list []record, min, max []byte) error {
	for i, r := range list {
		if i == 0 && min != nil && bytes.Compare(r.key, min) < 0 ||
			i > 0 && bytes.Compare(r.key, list[i-1].key) <= 0 ||
			max != nil && bytes.Compare(r.key, max) >= 0 {
			return fmt.Errorf("the keys of page %d are not in order", id)
		}
	}
	return nil
}
