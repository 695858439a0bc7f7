/*
 * Where an engine takes the exchange of gradients and weights over from BigDL: AllReduceParameter.newParameter, which
 * DistriOptimizer calls once for each training, asks here first (see "fit" in pom.xml).
 */
package com.intel.analytics.bigdl.parameters

/** The exchange of the trainings that a thread of the driver starts, in place of BigDL's own. */
object OwnExchange {
  private val own = new ThreadLocal[AllReduceParameter[_]]

  /** From now on the thread's trainings exchange by this; null: by BigDL's own. */
  def use(exchange: AllReduceParameter[_]): Unit = own.set(exchange)

  private[parameters] def orElse[T](bigDls: => AllReduceParameter[T]): AllReduceParameter[T] =
    Option(own.get).map(_.asInstanceOf[AllReduceParameter[T]]).getOrElse(bigDls)
}
