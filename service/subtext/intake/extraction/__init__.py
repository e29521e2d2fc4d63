"""The article on a page: found in a process of its own, which can be stopped. lxml and trafilatura live only there."""
