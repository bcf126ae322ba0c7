/* A machine's clock that shows another time: preloaded, with SESSION_CLOCK seconds added to the real one.
 *
 * Debian's faketime also shifts the timers that Swift waits with, so that a wait of 5 seconds would never
 * end, and a program that it is loaded into sees none of its arguments.
 *
 * usage: cc -shared -fPIC -O1 -o clock.so clock.c; SESSION_CLOCK=86400 LD_PRELOAD=./clock.so PROGRAM
 */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>
static long shift;
__attribute__((constructor)) static void start(void) {
  const char *text = getenv("SESSION_CLOCK");
  shift = text ? atol(text) : 0;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  int status = (int)syscall(SYS_clock_gettime, clock, now);
  if (status == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift;
  return status;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int status = (int)syscall(SYS_gettimeofday, now, zone);
  if (status == 0) now->tv_sec += shift;
  return status;
}
time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
