// Command berth serves Berth, a web app for people who run Proxmox VE at home.
package main

func main() {}
