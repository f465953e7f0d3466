package proxmox

import (
	"io"
	"net/http"
	"sync"
)

// received is a request as it came off the wire.
type received struct {
	method string
	target string // escaped path below /api2/json, with the query
	header http.Header
	body   string
}

func (r received) String() string {
	s := r.method + " " + r.target
	if r.method == http.MethodPost || r.method == http.MethodPut {
		s += " " + r.body
	}
	return s
}

// recorder keeps what it is asked and answers with data.
type recorder struct {
	mu   sync.Mutex
	data string
	seen []received
}

func (rec *recorder) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.seen = append(rec.seen, received{r.Method, r.URL.RequestURI()[len("/api2/json"):], r.Header, string(body)})
	says(rec.data)(w, r)
}

// answerNext sets the data of the next answers and forgets what was seen.
func (rec *recorder) answerNext(data string) {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	rec.data, rec.seen = data, nil
}

func (rec *recorder) taken() []received {
	rec.mu.Lock()
	defer rec.mu.Unlock()
	return rec.seen
}
