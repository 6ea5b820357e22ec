from __future__ import annotations

from taskguard.rule import ProjectRule, said

TYPE_CHECKING = False
if TYPE_CHECKING:
    from taskguard.rule import Findings, Project


class UnmappedClass(ProjectRule, code="TG337", since="0.1.0"):
    """
    A relationship of SQLAlchemy names a class that no module of the worker defines.

    ## Why is this bad?
    SQLAlchemy looks for the class by its name when the first query is made, or the first row: among the classes that modules have defined which are loaded by then. The web process loads all of them with its routes, a worker only what its tasks import. There
    each query fails, of any model: `InvalidRequestError: … expression 'Author' failed to locate a name`. No test sees it, since tests load more.

    ## Example
    `library/models/book.py`:
    ```py
    from library.base import Base
    from sqlalchemy import Column, Integer
    from sqlalchemy.orm import relationship


    class Book(Base):
        __tablename__ = "books"
        id = Column(Integer, primary_key=True)
        author = relationship("Author")
    ```
    `library/models/author.py`:
    ```py
    from library.base import Base
    from sqlalchemy import Column, Integer


    class Author(Base):
        __tablename__ = "authors"
        id = Column(Integer, primary_key=True)
    ```
    `library/base.py`:
    ```py
    from sqlalchemy.orm import declarative_base, sessionmaker

    Base = declarative_base()
    Session = sessionmaker()
    ```
    `library/worker.py`:
    ```py
    from celery import Celery
    from library.base import Session
    from library.models.book import Book

    app = Celery("library")  # warn


    @app.task(name="library.count")
    def count():
        with Session() as session:
            return session.query(Book).count()
    ```

    ## Use instead
    `library/worker.py`:
    ```py
    from celery import Celery
    from library.base import Session
    from library.models.author import Author as Author
    from library.models.book import Book

    app = Celery("library")


    @app.task(name="library.count")
    def count():
        with Session() as session:
            return session.query(Book).count()
    ```

    ## Unknown
    A warning. Silent where it is not sure which modules the worker loads, where one of them loads others by names that are put together, or has classes made of the tables, and where an import in a function leads to the class, unless nothing that the worker
    may load names that function. A class counts that has its table written down.

    ## References
    - [SQLAlchemy: late evaluation of relationship arguments](https://docs.sqlalchemy.org/en/20/orm/basic_relationships.html#late-evaluation-of-relationship-arguments)
    """

    def check(self, project: Project) -> Findings:
        from taskguard.project.celery.system import celery_of
        from taskguard.project.diagnosis.registration.unmapped_classes import unmapped_classes

        yield from said(unmapped_classes(celery_of(project)))
