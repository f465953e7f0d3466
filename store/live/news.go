package live

import "sync"

// News lets those who listen to a topic know that there is something new of it. It carries nothing: who is slow misses
// nothing, but hears once of much that is new. The zero value is ready, and safe for concurrent use.
type News[K comparable] struct {
	mu        sync.Mutex
	listeners map[K]map[*Listener]struct{}
}

// Listener hears of news. It must be closed.
type Listener struct {
	C     <-chan struct{} // has something while there is news that was not heard of
	c     chan<- struct{}
	close func()
}

// Close ends the listening. A second call does nothing.
func (l *Listener) Close() { l.close() }

// Listen hears of all that is told of a topic from now on.
func (n *News[K]) Listen(topic K) *Listener {
	c := make(chan struct{}, 1)
	l := &Listener{C: c, c: c}
	l.close = func() { n.leave(topic, l) }
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.listeners == nil {
		n.listeners = make(map[K]map[*Listener]struct{})
	}
	if n.listeners[topic] == nil {
		n.listeners[topic] = make(map[*Listener]struct{})
	}
	n.listeners[topic][l] = struct{}{}
	return l
}

func (n *News[K]) leave(topic K, l *Listener) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.listeners[topic], l)
	if len(n.listeners[topic]) == 0 {
		delete(n.listeners, topic)
	}
}

// Tell lets all who listen to any of the topics know.
func (n *News[K]) Tell(topics ...K) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, topic := range topics {
		for l := range n.listeners[topic] {
			select {
			case l.c <- struct{}{}:
			default: // it has not looked after the last
			}
		}
	}
}
