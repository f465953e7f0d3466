package consoles

import (
	"errors"
	"testing"
)

func TestReadMessage(t *testing.T) {
	for text, want := range map[string]message{
		`{"columns":80,"rows":24}`:           {Columns: 80, Rows: 24},
		`{"columns":1,"rows":1000}`:          {Columns: 1, Rows: 1000},
		`{"taken":65536}`:                    {Taken: 65536},
		` {"rows":24,"columns":80} `:         {Columns: 80, Rows: 24},
		`{"columns":80,"rows":0}`:            {},
		`{"columns":80}`:                     {},
		`{"columns":-1,"rows":24}`:           {},
		`{"columns":1001,"rows":24}`:         {},
		`{"taken":0}`:                        {},
		`{"taken":-5}`:                       {},
		`{"taken":262145}`:                   {},
		`{"columns":80,"rows":24,"taken":1}`: {},
		`{"typed":"x"}`:                      {},
		`{"taken":1}{"taken":1}`:             {},
		`[1]`:                                {},
		`x`:                                  {},
		``:                                   {},
	} {
		got, err := readMessage([]byte(text))
		if got != want || errors.Is(err, errMessage) != (want == message{}) {
			t.Errorf("%s: %+v, %v; want %+v", text, got, err, want)
		}
	}
}

func FuzzReadMessage(f *testing.F) {
	f.Add([]byte(`{"columns":80,"rows":24}`))
	f.Add([]byte(`{"taken":65536}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := readMessage(data)
		if err != nil {
			return
		}
		size := m.Taken == 0 && m.Columns > 0 && m.Rows > 0 && m.Columns <= maxSide && m.Rows <= maxSide
		taken := m.Taken > 0 && m.Taken <= Window && m.Columns == 0 && m.Rows == 0
		if size == taken {
			t.Errorf("%q is read as %+v", data, m)
		}
	})
}
