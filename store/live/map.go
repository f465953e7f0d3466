package live

import (
	"maps"
	"sync"
	"time"
)

// Map keeps values for a while: each is forgotten its life after it was put. It is safe for concurrent use.
type Map[K comparable, V any] struct {
	now   func() time.Time
	life  time.Duration
	most  int
	group func(V) string

	mu   sync.Mutex
	kept map[K]passing[V]
}

type passing[V any] struct {
	value V
	until time.Time
}

// NewMap makes an empty Map whose values expire after life, and which keeps at most most values of a group: the oldest goes.
// group may be nil: then all values are one group.
func NewMap[K comparable, V any](now func() time.Time, life time.Duration, most int, group func(V) string) *Map[K, V] {
	if group == nil {
		group = func(V) string { return "" }
	}
	return &Map[K, V]{now: now, life: life, most: most, group: group, kept: make(map[K]passing[V])}
}

// Put sets the value of a key, whose life begins anew.
func (m *Map[K, V]) Put(key K, value V) {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.now()
	delete(m.kept, key)
	m.makeRoom(now, m.group(value))
	m.kept[key] = passing[V]{value, now.Add(m.life)}
}

// makeRoom forgets values that have expired, and the oldest one of a group that is full. m.mu is held.
func (m *Map[K, V]) makeRoom(now time.Time, group string) {
	maps.DeleteFunc(m.kept, func(_ K, p passing[V]) bool { return !now.Before(p.until) })
	var oldest K
	count := 0
	for key, p := range m.kept {
		if m.group(p.value) != group {
			continue
		}
		if count++; count == 1 || p.until.Before(m.kept[oldest].until) {
			oldest = key
		}
	}
	if count >= m.most {
		delete(m.kept, oldest)
	}
}

// Get returns the value of a key; false when there is none, or it has expired.
func (m *Map[K, V]) Get(key K) (V, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.get(key)
}

func (m *Map[K, V]) get(key K) (V, bool) {
	p, there := m.kept[key]
	if !there || !m.now().Before(p.until) {
		var none V
		return none, false
	}
	return p.value, true
}

// Take deletes the value of a key if it fits, and tells whether it did. Of many who take the same one at once, one succeeds.
func (m *Map[K, V]) Take(key K, fits func(V) bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	value, there := m.get(key)
	if !there || !fits(value) {
		return false
	}
	delete(m.kept, key)
	return true
}

// Delete forgets a value.
func (m *Map[K, V]) Delete(key K) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept, key)
}
