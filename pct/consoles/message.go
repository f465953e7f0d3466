package consoles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Over the WebSocket, binary messages are bytes: what was typed, and what the terminal
// shows. Text messages are JSON objects. A browser sends {"columns":80,"rows":24}, the
// size of its window, and both sides send {"taken":4096}: so many more bytes of the other
// have gone where they belong. Neither side has more than Window bytes under way that the
// other has not told to be taken, so that nothing has to be kept beyond that. The last
// message of a console is {"ended":"<p>…"}, the HTML for its page that says how.
const Window = 256 << 10

// tellFrom is how many bytes are taken before the other side is told.
const tellFrom = Window / 4

// maxMessage is the longest message of a browser, in bytes.
const maxMessage = 32 << 10

// maxSide is the most columns or rows that a window may have.
const maxSide = 1000

// message is a text message of a browser: a size, or what it has taken.
type message struct {
	Columns int `json:"columns"`
	Rows    int `json:"rows"`
	Taken   int `json:"taken"`
}

var errMessage = errors.New("consoles: not a message of a console")

// readMessage reads a text message.
func readMessage(data []byte) (message, error) {
	var m message
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&m); err != nil {
		return message{}, fmt.Errorf("%w: %w", errMessage, err)
	}
	size := 0 < m.Columns && m.Columns <= maxSide && 0 < m.Rows && m.Rows <= maxSide && m.Taken == 0
	taken := 0 < m.Taken && m.Taken <= Window && m.Columns == 0 && m.Rows == 0
	if d.More() || !size && !taken {
		return message{}, errMessage
	}
	return m, nil
}

// takenMessage and endedMessage are those to a browser.
type (
	takenMessage struct {
		Taken int `json:"taken"`
	}
	endedMessage struct {
		Ended string `json:"ended"`
	}
)
