/* network.pml - one request, its answer, and what a worker's thread makes of it.
 *
 * The server does its part in one step, whenever that is. The answer may be lost, and to the
 * thread that looks as if the request had been: what is not a success ends the tenure. Before
 * each request the thread may die. */

mtype = { SUCCESS, REFUSED, LOST };
mtype answer; /* of the request that is being made; SUCCESS between requests */

/* A process dies when trouble has it so: its lane's thread first, then its publisher's. */
#define may_die (is_publisher -> at[here].is_killed : troubles > 0)
#define is_alive (!is_publisher || !at[here].is_killed)

inline pay_for_death()
{
    troubles = (is_publisher -> troubles : troubles - 1)
}

/* The server answers the request at once, or as soon as the condition holds. */
#define CALL(request, then) CALL_WHEN(true, request, then)
#define CALL_WHEN(condition, request, then) \
    CALL_ANSWERED(condition, request; lose_answer(NOWHERE), then)
#define CALL_ANSWERED(condition, request, then)                   \
    atomic {                                                      \
        if                                                        \
        :: may_die -> pay_for_death(); goto died                  \
        :: is_alive && condition ->                               \
           request;                                               \
           if                                                     \
           :: answer == SUCCESS -> then                           \
           :: answer != SUCCESS -> answer = SUCCESS; goto failed  \
           fi                                                     \
        fi                                                        \
    }

inline lose_answer(place)
{
    if
    :: true
    :: answer == SUCCESS && troubles > 0 ->
        reached(place);
        troubles--;
        answer = LOST
    fi
}
