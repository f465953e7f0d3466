#!/bin/sh
say b
