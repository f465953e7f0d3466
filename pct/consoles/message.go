package consoles

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// Window bounds the bytes under way in each direction of a console's WebSocket.
//
// Its binary messages are bytes: typed ones from the browser, output from the terminal. Text
// messages are JSON objects. A browser sends {"columns":80,"rows":24} for the size of its
// window. Both sides send {"taken":4096}: they have passed on that many more bytes of the
// other side. Neither sends more than Window bytes that the other has not told as taken, so
// that neither has to hold more. The last message is {"ended":"<p>…"}, HTML for the page that
// tells how the console ended.
const Window = 256 << 10

// tellFrom is the number of bytes after which a {"taken"} is sent.
const tellFrom = Window / 4

// maxMessage bounds a message of a browser, in bytes.
const maxMessage = 32 << 10

// maxSide is the most columns or rows that a window may have.
const maxSide = 1000

// message is a text message of a browser: a size, or a number of bytes taken.
type message struct {
	Columns int `json:"columns"`
	Rows    int `json:"rows"`
	Taken   int `json:"taken"`
}

var errMessage = errors.New("consoles: not a message of a console")

// readMessage reads a text message of a browser; errMessage for anything but one of the two.
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

// takenMessage and endedMessage are the text messages to a browser.
type (
	takenMessage struct {
		Taken int `json:"taken"`
	}
	endedMessage struct {
		Ended string `json:"ended"`
	}
)
