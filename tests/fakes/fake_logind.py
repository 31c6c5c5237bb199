#!/usr/bin/python3
"""logind as far as hotdesk-server knows it: one seat, its sessions, sleep. Commands, one a line:

lock | unlock | hint 0|1 | active 0|1 | sleep 0|1 | claim-sleep (it is not true) | switch ID UID | nobody | removed ID | leave-bus | join-bus
login ID UID (in the background) | logout ID | hold ID (its answers, until) answer ID
Says `inhibited` and `released TIME_US` (CLOCK_MONOTONIC) of the lock that holds sleep up.
"""

import os
import time

import dbus
import dbus.service
from gi.repository import GLib

from service import connect, run, say

NAME = "org.freedesktop.login1"
PATH = "/org/freedesktop/login1"
PROPERTIES = "org.freedesktop.DBus.Properties"


class Session(dbus.service.Object):
    def __init__(self, bus, number, uid):
        self.path = f"{PATH}/session/_3{number}"
        super().__init__(bus, self.path)
        self.number, self.uid = number, uid
        self.held = None  # [(values, callback)] that wait, or None: it answers at once
        self.values = {"Id": number, "LockedHint": dbus.Boolean(False), "Active": dbus.Boolean(True), "Type": "x11",
                       "User": dbus.Struct((dbus.UInt32(uid), dbus.ObjectPath(f"{PATH}/user/_{uid}")),
                                           signature="uo")}

    @dbus.service.method(PROPERTIES, in_signature="s", out_signature="a{sv}", async_callbacks=("answer", "_fail"))
    def GetAll(self, interface, answer, _fail):
        if self.held is None:
            answer(self.values)
        else:
            self.held.append((dict(self.values), answer))

    def let_go(self):
        for values, answer in self.held:
            answer(values)
        self.held = None

    @dbus.service.signal(NAME + ".Session", signature="")
    def Lock(self):
        pass

    @dbus.service.signal(NAME + ".Session", signature="")
    def Unlock(self):
        pass

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    def set(self, name, value):
        self.values[name] = dbus.Boolean(value)
        self.PropertiesChanged(NAME + ".Session", {name: self.values[name], "IdleHint": dbus.Boolean(False)}, [])


class Seat(dbus.service.Object):
    active = None

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        if self.active is None:
            return dbus.Struct(("", dbus.ObjectPath("/")), signature="so")
        return dbus.Struct((self.active.number, dbus.ObjectPath(self.active.path)), signature="so")

    @dbus.service.signal(PROPERTIES, signature="sa{sv}as")
    def PropertiesChanged(self, interface, changed, invalidated):
        pass

    def change(self, session):
        before, self.active = self.active, session
        self.PropertiesChanged(NAME + ".Seat", {"ActiveSession": self.Get("", "")}, [])
        if before and before != session:
            before.set("Active", False)
        if session:
            session.set("Active", True)


class Manager(dbus.service.Object):
    preparing = False

    def __init__(self, bus, sessions):
        super().__init__(bus, PATH)
        self.sessions = sessions

    @dbus.service.method(NAME + ".Manager", in_signature="", out_signature="a(susso)")
    def ListSessions(self):
        elsewhere = ("99", dbus.UInt32(99), "other", "seat1", dbus.ObjectPath(PATH + "/session/_399"))
        return [(session.number, dbus.UInt32(session.uid), f"user{session.uid}", "seat0", dbus.ObjectPath(session.path))
                for session in self.sessions.values()] + [elsewhere]

    @dbus.service.signal(NAME + ".Manager", signature="so")
    def SessionNew(self, number, path):
        pass

    @dbus.service.method(PROPERTIES, in_signature="ss", out_signature="v")
    def Get(self, interface, name):
        return dbus.Boolean(self.preparing)

    @dbus.service.method(NAME + ".Manager", in_signature="ssss", out_signature="h")
    def Inhibit(self, what, who, why, mode):
        reader, writer = os.pipe()
        GLib.io_add_watch(reader, GLib.IO_HUP, self.released, reader)
        say(f"inhibited {what} {mode}")
        handed = dbus.types.UnixFd(writer)
        os.close(writer)
        return handed

    @staticmethod
    def released(reader, condition, _):
        os.close(reader)
        say(f"released {time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000}")
        return False

    @dbus.service.signal(NAME + ".Manager", signature="b")
    def PrepareForSleep(self, sleeps):
        pass

    @dbus.service.signal(NAME + ".Manager", signature="so")
    def SessionRemoved(self, number, path):
        pass


def main():
    bus = connect()
    bus.request_name(NAME)
    seat = Seat(bus, PATH + "/seat/seat0")
    sessions = {"1": Session(bus, "1", os.getuid())}
    manager = Manager(bus, sessions)
    seat.active = sessions["1"]

    def login(number, uid):
        sessions[number] = Session(bus, number, int(uid))
        manager.SessionNew(number, sessions[number].path)
        return sessions[number]

    def command(word, *values):
        session = seat.active
        if word == "lock":
            session.Lock()
        elif word == "unlock":
            session.Unlock()
        elif word == "hint":
            session.set("LockedHint", values[0] == "1")
        elif word == "active":
            session.set("Active", values[0] == "1")
        elif word == "sleep":
            manager.preparing = values[0] == "1"
            manager.PrepareForSleep(manager.preparing)
        elif word == "claim-sleep":
            manager.PrepareForSleep(True)
        elif word == "switch":
            seat.change(sessions.get(values[0]) or login(*values))
        elif word == "login":
            login(*values).values["Active"] = dbus.Boolean(False)
        elif word == "logout":
            session = sessions.pop(values[0])
            if seat.active == session:
                seat.change(None)
            manager.SessionRemoved(session.number, session.path)
            session.remove_from_connection()
        elif word == "hold":
            sessions[values[0]].held = []
        elif word == "answer":
            sessions[values[0]].let_go()
        elif word == "nobody":
            seat.change(None)
        elif word == "removed":
            manager.SessionRemoved(values[0], sessions[values[0]].path)
        elif word == "leave-bus":
            bus.release_name(NAME)
        elif word == "join-bus":
            bus.request_name(NAME)

    run(command)


main()
