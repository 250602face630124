#!/usr/bin/python3 -B
# SPDX-License-Identifier: GPL-2.0
"""Cases of tcp_segments.py in which both ends are ours, so that SYNs and FINs
cross, get lost, or come with numbers no kernel would choose."""
from raw_conn import WRAP, Conn
from raw_tcp import ACK, FIN, PSH, RST, SYN, expect, expect_true, until

SILENT = 9
ISN_RS = 0xfffffff0  # crosses 2^32 after a few bytes


class Pair:
    """A client's connection whose SYN the rs has got, and that rs."""

    def __init__(self, lab):
        self.lab, self.conn = lab, Conn(lab, SILENT)
        self.conn.send(SYN, options=self.conn.options)
        syn = self.conn.to_rs("SYN", lambda seen: seen.flags & SYN)
        self.delta = (syn.seq - self.conn.isn) % WRAP
        self.session = self.conn.session()
        self.conn.seq += 1
        self.seq = ISN_RS  # what the rs sends next

    def state(self, wanted):
        self.conn.expect_state(wanted)

    def rs_sends(self, flags, data=b"", acks=None, seq=None):
        """In the numbers of the client: it must see just these."""
        self.lab.client.drain()
        seq = self.seq if seq is None else seq
        acks = self.conn.seq if acks is None else acks
        self.lab.from_rs(self.session, flags=flags, seq=seq % WRAP, data=data, window=64000,
                         ack=(acks + self.delta) % WRAP if flags & ACK else 0,
                         options=[("WScale", 7)] if flags & SYN else [])
        seen = self.conn.want("segment %#x of the rs" % flags, lambda seen: seen.flags & 0x3f == flags)
        expect("number of the rs", seq % WRAP, seen.seq)
        expect("what the rs acknowledges", acks % WRAP if flags & ACK else 0, seen.ack)
        expect("data of the rs", data, seen.data)

    def client_sends(self, flags, data=b"", seq=None):
        self.lab.rs.drain()
        seq = self.conn.seq if seq is None else seq
        self.conn.send(flags, data, seq=seq % WRAP)
        seen = self.conn.to_rs("segment %#x" % flags, lambda seen: seen.flags & 0x3f == flags)
        expect("number of the client", (seq + self.delta) % WRAP, seen.seq)
        expect("what the client acknowledges", self.conn.ack % WRAP if flags & ACK else 0, seen.ack)
        expect("data of the client", data, seen.data)

    def talk(self):
        """Data both ways, acknowledged."""
        for data in (b"a" * 30, b"b" * 300):
            self.client_sends(ACK | PSH, data)
            self.conn.seq += len(data)
            self.rs_sends(ACK | PSH, data)
            self.seq += len(data)
            self.conn.ack = self.seq
            self.client_sends(ACK)

    def rs_accepts(self):
        self.rs_sends(SYN | ACK)
        self.seq += 1
        self.conn.ack = self.seq

    def open(self):
        self.rs_accepts()
        self.state("syn_recv")
        self.client_sends(ACK)
        self.state("established")
        return self

    def finish(self):
        """Leaves no session that a later case would count."""
        self.lab.mgw("session", "flush", "--client", self.lab.caddr)


def simultaneous_open(lab):
    """T-02 simultaneous open: SYNs cross, both are answered, data both ways"""
    pair = Pair(lab)
    pair.rs_sends(SYN)
    pair.state("syn_sent")
    pair.conn.ack = pair.seq + 1
    pair.client_sends(SYN | ACK, seq=pair.conn.isn)
    pair.state("syn_recv")
    pair.rs_accepts()
    pair.state("established")
    pair.talk()
    pair.finish()


def lost_syn(lab):
    """T-02 simultaneous open whose other SYN was never seen here"""
    pair = Pair(lab)
    pair.conn.ack = pair.seq + 1
    pair.client_sends(SYN | ACK, seq=pair.conn.isn)
    pair.state("syn_recv")
    pair.rs_accepts()
    pair.state("established")
    pair.talk()
    pair.finish()


def syn_by_others(lab):
    """T-02 a client's SYN+ACK for another SYN, and SYNs in the handshake, change nothing"""
    pair = Pair(lab)
    before = lab.counters()["tcp_out_of_window"]
    pair.conn.ack = pair.seq + 1
    pair.client_sends(SYN | ACK, seq=pair.conn.isn + 5000)
    pair.rs_sends(SYN | ACK, acks=pair.conn.seq + 5000)
    pair.state("syn_sent")
    pair.rs_accepts()
    pair.state("syn_recv")
    pair.client_sends(SYN, seq=pair.conn.isn + 5000)
    pair.rs_sends(SYN, seq=pair.seq + 5000)
    pair.rs_sends(SYN | ACK, acks=pair.conn.seq + 5000)
    pair.state("syn_recv")
    expect("rise of tcp_out_of_window", before + 3, lab.counters()["tcp_out_of_window"])
    pair.client_sends(ACK)
    pair.state("established")
    pair.talk()
    pair.finish()


def cookies(lab):
    """T-05 a second SYN-ACK with another number (SYN cookies): either may be taken"""
    for second_is_taken in (False, True):
        pair = Pair(lab)
        pair.rs_sends(SYN | ACK)
        other = pair.seq + 0x5000000
        pair.rs_sends(SYN | ACK, seq=other)
        pair.state("syn_recv")
        if second_is_taken:
            pair.seq = other
        pair.seq += 1
        pair.conn.ack = pair.seq
        pair.client_sends(ACK)
        pair.state("established")
        pair.talk()
        pair.finish()


def simultaneous_close(lab):
    """T-03 simultaneous close: FINs cross, then ACKs; sent again they change nothing"""
    pair = Pair(lab).open()
    pair.talk()
    pair.client_sends(FIN | ACK)
    pair.state("fin_wait")
    pair.rs_sends(FIN | ACK)
    pair.state("last_ack")
    pair.client_sends(FIN | ACK)
    pair.conn.seq += 1
    pair.conn.ack = pair.seq + 1
    pair.client_sends(ACK)
    pair.state("last_ack")
    pair.rs_sends(ACK, seq=pair.seq + 1)
    pair.state("time_wait")
    pair.rs_sends(FIN | ACK)
    pair.client_sends(FIN | ACK, seq=pair.conn.seq - 1)
    pair.state("time_wait")
    pair.finish()


def half_close(lab):
    """T-04 half-close: the rs goes on sending behind the client's FIN, and prolongs"""
    pair = Pair(lab).open()
    pair.client_sends(FIN | ACK)
    pair.conn.seq += 1
    pair.rs_sends(ACK)
    pair.state("fin_wait")
    full = pair.conn.session()["expires"]
    expect_true("FIN_WAIT lasts longer than TIME_WAIT: %d s" % full, full > 60)
    for _ in range(3):
        expect_true("time passes", until(lambda: pair.conn.session()["expires"] < full - 3, 20))
        pair.rs_sends(ACK | PSH, b"more" * 100)
        expect_true("session is prolonged", pair.conn.session()["expires"] >= full - 2)
        pair.seq += 400
        pair.conn.ack = pair.seq
        pair.client_sends(ACK)
    pair.state("fin_wait")
    pair.rs_sends(FIN | ACK)
    pair.conn.ack = pair.seq + 1
    pair.client_sends(ACK)
    pair.state("time_wait")
    pair.finish()


def refused(lab):
    """T-06 RST instead of SYN-ACK: ends the session when it acknowledges our SYN"""
    pair = Pair(lab)
    pair.rs_sends(RST | ACK, acks=pair.conn.seq + 5000, seq=0)
    pair.rs_sends(RST, seq=0)
    pair.state("syn_sent")
    pair.rs_sends(RST | ACK, seq=0)
    pair.state("close")
    pair.finish()
    pair = Pair(lab)
    pair.client_sends(RST, seq=pair.conn.seq + 5000)
    pair.state("syn_sent")
    pair.client_sends(RST)
    pair.state("close")
    pair.finish()


CASES = [simultaneous_open, lost_syn, syn_by_others, cookies, simultaneous_close, half_close, refused]
