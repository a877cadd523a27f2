"""Where each key of a TOML text stands."""

from sim.scenario.positions import key_lines


def test_lines_of_every_way_to_write_a_key() -> None:
    lines = key_lines(
        "a.b = 1\n"  # 1
        '"c d" = [ 1,\n  # no\n  { x = 1, y = 2 },\n]\n'  # 2 to 5
        "[e.f]\ng = 1\n"  # 6, 7
        "[[h]]\ni = 1\n[[h]]\ni = 2\n"  # 8 to 11
        "[h.j]\nk = 1\n"  # 12, 13: belongs to the second h
        "[[h.l]]\nm = 1\n"  # 14, 15
    )
    assert lines == {
        (): 1,
        ("a",): 1,
        ("a", "b"): 1,
        ("c d",): 2,
        ("c d", 0): 2,
        ("c d", 1): 4,
        ("c d", 1, "x"): 4,
        ("c d", 1, "y"): 4,
        ("e",): 6,
        ("e", "f"): 6,
        ("e", "f", "g"): 7,
        ("h",): 8,
        ("h", 0): 8,
        ("h", 0, "i"): 9,
        ("h", 1): 10,
        ("h", 1, "i"): 11,
        ("h", 1, "j"): 12,
        ("h", 1, "j", "k"): 13,
        ("h", 1, "l"): 14,
        ("h", 1, "l", 0): 14,
        ("h", 1, "l", 0, "m"): 15,
    }
